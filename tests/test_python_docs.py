"""The examples of docs/python.md run as written, and print what they say they print."""

import re
from pathlib import Path

import pytest

from tests.test_docs import CACHE, DOCS

_PRINTS = re.compile(r"^ *print\(.*\)  +# (.*)$", re.MULTILINE)


@pytest.mark.timeout(300)
def test_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mplus_cli.api.user_cache", lambda: CACHE)
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    expected = [said for example in examples for said in _PRINTS.findall(example)]
    assert len(expected) > 10
    program = compile("\n".join(examples), "docs/python.md", "exec")
    exec(program, {})
    assert capsys.readouterr().out.splitlines() == expected

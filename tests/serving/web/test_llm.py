"""`llm`, a client that many have, in an environment of its own, set up as docs/serving.md says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.served import Served
from tests.test_docs import DOCS

PROGRAM = Path(os.environ.get("MPLUS_LLM", Path(sys.prefix) / "llm/bin/llm"))


def test_llm_asks_the_memory(house: Served, tmp_path: Path) -> None:
    if not PROGRAM.exists():
        missing = f"there is no llm at {PROGRAM}: make .venv/llm/.installed, or set MPLUS_LLM"
        # `make test` installs it, and names it.
        (pytest.fail if "MPLUS_LLM" in os.environ else pytest.skip)(missing)
    page = (DOCS / "serving.md").read_text(encoding="utf-8")
    [described] = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    file = tmp_path / "extra-openai-models.yaml"
    file.write_text(described.replace("127.0.0.1:8321", f"127.0.0.1:{house.port}"))
    environment = os.environ | {"LLM_USER_PATH": str(tmp_path)}
    environment.pop("PYTHONPATH", None)

    def llm(*arguments: str) -> str:
        done = subprocess.run(
            [PROGRAM, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    llm("keys", "set", "openai", "--value", "none")
    own = house.desk.memory.ask("What is the gate code?").text
    assert llm("-m", "memory", "What is the gate code?").strip().startswith(own)

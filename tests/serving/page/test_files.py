"""The files of the page, as they are."""

import re
from pathlib import Path

from mplus_cli import serving

FOLDER = Path(serving.__file__).parent / "page"


def test_nothing_is_parsed_as_html() -> None:
    ways = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|eval\(|Function\("
    )
    for file in FOLDER.iterdir():
        text = file.read_text(encoding="utf-8")
        assert not re.search(ways, text), file.name
        assert not re.search(r"\bstyle=|\bon[a-z]+=\"", text), file.name
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), file.name
        assert max(map(len, text.splitlines())) <= 100, file.name
        assert len(text.splitlines()) <= 400, file.name

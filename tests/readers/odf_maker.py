"""Write OpenDocument files by hand, for tests."""

from __future__ import annotations

from collections.abc import Mapping

from tests.readers.zips import make_zip

_NAMES = {
    "office": "office:1.0",
    "style": "style:1.0",
    "text": "text:1.0",
    "table": "table:1.0",
    "draw": "drawing:1.0",
    "presentation": "presentation:1.0",
    "fo": "xsl-fo-compatible:1.0",
    "svg": "svg-compatible:1.0",
    "form": "form:1.0",
    "manifest": "manifest:1.0",
}
_SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}"'
    for prefix, name in _NAMES.items()
)
_SPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'


def part(root: str, content: str) -> str:
    """A part of a file, or a flat file."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:{root} {_SPACES}>{content}</office:{root}>'
    )


def make_odf(
    kind: str, body: str, styles: str = "", others: Mapping[str, str | bytes] | None = None
) -> bytes:
    """A file whose body holds a "text", "spreadsheet", "presentation" or "drawing"."""
    content = (
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    )
    return make_zip(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": part("document-content", content),
            **(others or {}),
        }
    )

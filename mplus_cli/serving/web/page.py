"""The page: its files as they lie in the package, and a nonce of its own for each visit."""

from __future__ import annotations

import secrets
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from mplus_cli.errors import UnknownError

_FOLDER = Path(__file__).parent.parent / "page"
_FRONT = "index.html"
_KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


async def front(request: Request) -> Response:
    """The page itself."""
    nonce = secrets.token_urlsafe(16)
    text = _file(_FRONT).read_text(encoding="utf-8").replace("{{nonce}}", nonce)
    headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
    return Response(text, media_type="text/html", headers=headers)


async def part(request: Request) -> Response:
    """One of its files. Raises `UnknownError`."""
    file = _file(request.path_params["name"])
    if file.suffix not in _KINDS:
        raise _unknown(file.name)
    headers = {"Cache-Control": "no-cache"}
    return Response(file.read_bytes(), media_type=_KINDS[file.suffix], headers=headers)


def _file(name: str) -> Path:
    """A file by its name, which is one of those that are there and so leads nowhere else."""
    there = _FOLDER.iterdir() if _FOLDER.is_dir() else ()
    found = next((file for file in there if file.name == name and file.is_file()), None)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> UnknownError:
    return UnknownError(f"there is no {name!r}", "the page is at /")

"""Documents over the own API: which there are, what they say, new ones, and forgetting."""

from __future__ import annotations

import asyncio
import re
import tempfile
from functools import partial

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from mplus_cli.errors import UnknownError, UsageError
from mplus_cli.inputs.load import MAX_BYTES
from mplus_cli.serving.web.bodies import json_body, pieces
from mplus_cli.serving.web.replies import reply
from mplus_cli.serving.web.site import Site, site_of

_IN_MEMORY_BYTES = 1024 * 1024  # larger uploads wait on the disk for their turn
_NAME_CHARACTERS = 1000
_MOST_TOLD = 10  # documents
_DIGITS = 18  # of the largest number that SQLite has
_NO_NAME = re.compile(r"[\x00-\x1f\x7f]|(^|[/\\])\.\.([/\\]|$)|^[/\\~]|^[A-Za-z]:")


class Forgetting(BaseModel):
    """Documents to take out, as `Memory.forget` takes them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    names: list[str]
    erase: bool = False
    dry_run: bool = False


async def documents(request: Request) -> Response:
    """All documents of the newest generation."""
    found = await asyncio.to_thread(site_of(request).desk.memory.documents)
    return reply(request, {"documents": found})


async def text(request: Request) -> Response:
    """What a document says, and where its chunks are in it."""
    number = _number(request)
    found = await asyncio.to_thread(site_of(request).desk.memory.text, number)
    return reply(request, found)


async def page_picture(request: Request) -> Response:
    """The page of a PDF on which a chunk begins."""
    number, text = _number(request), request.query_params.get("chunk", "0")
    chunk = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else -1
    memory = site_of(request).desk.memory
    found = await asyncio.to_thread(memory.page_picture, number, chunk)
    return Response(found, media_type="image/png")


async def put(request: Request) -> Response:
    """Read a new document, whose bytes are the body; the report comes when it is in the memory."""
    site, name = site_of(request), request.query_params.get("name", "")
    site.need_writing()
    site.writer.need_room()
    if not name.strip() or len(name) > _NAME_CHARACTERS or _NO_NAME.search(name):
        raise UsageError("no document can have this name", "take one such as notes/pump.md")
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as content:
        async for piece in pieces(request, MAX_BYTES):
            content.write(piece)
        content.seek(0)
        return reply(request, await site.writer.read(content, name))


async def delete(request: Request) -> Response:
    """Forget one document by its id. Raises `UnknownError` where none has it."""
    site_of(request).need_writing()
    given = request.query_params
    wanted = {name: _flag(name, given.get(name, "0")) for name in ("erase", "dry_run")}
    number = _number(request)
    there = await asyncio.to_thread(site_of(request).desk.memory.documents)
    if all(each.id != number for each in there):
        raise _unknown(str(number))
    return await _forget(request, Forgetting(names=[str(number)], **wanted))


async def forget(request: Request) -> Response:
    """Forget documents by their ids, or by names that mean one each."""
    return await _forget(request, await json_body(request, Forgetting))


async def _forget(request: Request, wanted: Forgetting) -> Response:
    site = site_of(request)
    site.need_writing()
    if not wanted.names:
        raise UsageError("no document is named", 'name some: {"names": ["notes.md"]}')
    if not wanted.dry_run:
        await asyncio.to_thread(_need_one_each, site, wanted)
    forget = partial(site.desk.memory.forget, *wanted.names)
    done = await site.writer.run(partial(forget, erase=wanted.erase, dry_run=wanted.dry_run))
    return reply(request, done)


def _need_one_each(site: Site, wanted: Forgetting) -> None:
    """Raises `UsageError` for a name or pattern that means several documents: whoever wrote it may
    not know of all of them.
    """
    ids = [name for name in wanted.names if name.isdigit()]
    would = partial(site.desk.memory.forget, erase=wanted.erase, dry_run=True)
    for meant in (ids, *([name] for name in wanted.names if name not in ids)):
        found = would(*meant).documents if meant else ()
        if len({each.path for each in found}) > len(meant):
            told = [f"{each.id} ({site.names.name(each.path)})" for each in found[:_MOST_TOLD]]
            more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
            raise UsageError(
                f"{meant[0][:100]!r} means {len(found)} documents: {', '.join(told)}{more}",
                "name those that are to go by their ids; dry_run tells all",
            )


def _number(request: Request) -> int:
    """The id in a path. Raises `UnknownError`."""
    text = request.path_params["number"]
    if text.isascii() and text.isdigit() and len(text) <= _DIGITS:
        return int(text)
    raise _unknown(repr(text[:50]))


def _unknown(which: str) -> UnknownError:
    return UnknownError(f"there is no document {which}", "see what is there: /api/documents")


def _flag(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise UsageError(f"{name} is {text[:50]!r}", "write 0 or 1")
    return text == "1"

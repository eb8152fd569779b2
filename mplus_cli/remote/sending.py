"""Documents from here to a server: what is named is read here, and sent piece by piece."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.errors import NoTextError, ReadError, TooLargeError, UsageError
from mplus_cli.injecting.events import Event, Looked, Planned, Skipped
from mplus_cli.injecting.named import Named
from mplus_cli.inputs.names import Passed
from mplus_cli.inputs.piece import Piece
from mplus_cli.remote.server import Server
from mplus_cli.results.history import Generation
from mplus_cli.results.runs import LINKED, Problem, Report
from store.errors import NoMemoryError

if TYPE_CHECKING:
    from mplus_cli.texts import Taking

# How documents are read is the server's affair.
_READING = ("attachments", "links", "password")
_HARMLESS = {NoTextError.code, TooLargeError.code}  # in a folder
_SCHEME = re.compile(r"^[a-z]+://", re.IGNORECASE)


def send(
    server: Server,
    names: Sequence[str],
    watch: Callable[[Event], None],
    stopped: Callable[[], bool],
    taking: Taking,
) -> Report:
    """Send what is named, one input after the other; what became of all of it.

    An input that can't be read is in the report. Raises `UsageError` for options of reading.
    """
    for name in _READING:
        if name in taking:
            raise UsageError(f"{name} is not known to a server", "leave it out")
    began, sent = time.monotonic(), _Sent()
    with ExitStack() as stack:
        pieces = Named.of(names, **taking).pieces(stack, sent.pass_over)
        watch(Planned(len(pieces), sum(piece.size_bytes for piece in pieces)))
        for piece in pieces:
            if stopped():
                sent.interrupted = True
                break
            try:
                sent.add(piece, _put(server, piece))
            except ReadError as error:
                watch(sent.skip(Skipped.of(piece, error)))
            except UsageError as error:  # a name that no document may have there
                skipped = Skipped(piece.path, error.message, error.hint, False, error.code)
                watch(sent.skip(skipped))
            watch(Looked(piece.path))
    return sent.report(server, time.monotonic() - began)


def _put(server: Server, piece: Piece) -> Report:
    content = piece.load()
    found = server.put("/api/documents", {"name": name_there(content.name)}, content.data)
    return server.made(Report, found)


def name_there(name: str) -> str:
    """What a document of this machine is called on a server: its whole path, but for the root, or
    its address, but for the scheme. So two files of one name are two documents, and one that is
    sent again, from whatever folder, is the same.
    """
    if _SCHEME.match(name):
        return _SCHEME.sub("", name)
    path = Path(os.path.normpath(name))  # "..": a server takes no such name
    drive = path.drive.rstrip(":").strip("\\/").replace("\\", "/")
    parts = path.parts[1:] if path.anchor else path.parts
    return "/".join([drive, *parts] if drive else parts)


def _generation(server: Server) -> int:
    """The newest one of the server's memory; 0 where there is none yet."""
    try:
        found = server.get("/api/generations").get("generations")
    except NoMemoryError:
        return 0
    return max((each.id for each in server.made(list[Generation], found)), default=0)


class _Sent:
    """What became of all that was sent: the reports on each, joined."""

    def __init__(self) -> None:
        self._reports: list[Report] = []
        self._skipped: list[Problem] = []
        self._failed: list[Problem] = []
        self._passed_over: Counter[str] = Counter()
        self._linked: list[str] = []
        self.interrupted = False

    def pass_over(self, passed: Passed) -> None:
        self._passed_over[passed.reason] += 1
        if passed.reason == LINKED:
            self._linked.append(passed.path)

    def add(self, piece: Piece, report: Report) -> None:
        """Note what became of a piece. The server takes all that is sent as named by the user."""
        self._reports.append(report)
        for problem in report.failed:
            harmless = not piece.named and problem.code in _HARMLESS
            (self._skipped if harmless else self._failed).append(problem)

    def skip(self, skipped: Skipped) -> Skipped:
        problem = Problem(skipped.path, skipped.reason, skipped.hint, skipped.code)
        (self._skipped if skipped.harmless else self._failed).append(problem)
        return skipped

    def report(self, server: Server, seconds: float) -> Report:
        found = self._reports
        return Report(
            memory=server.address,
            generation=found[-1].generation if found else _generation(server),
            added=tuple(path for each in found for path in each.added),
            changed=tuple(path for each in found for path in each.changed),
            removed=tuple(path for each in found for path in each.removed),
            mended=tuple(path for each in found for path in each.mended),
            unchanged=sum(each.unchanged for each in found),
            copies=sum(each.copies for each in found),
            skipped=(*self._skipped, *(one for each in found for one in each.skipped)),
            failed=tuple(self._failed),
            noted=tuple(one for each in found for one in each.noted),
            linked=tuple(self._linked),
            passed_over=dict(self._passed_over),
            tokens=sum(each.tokens for each in found),
            faded_documents=sum(each.faded_documents for each in found),
            faded_chunks=sum(each.faded_chunks for each in found),
            seconds=round(seconds, 3),
            interrupted=self.interrupted,
        )

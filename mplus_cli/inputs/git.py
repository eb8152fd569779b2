"""Files of a git repository at a revision, read by the `git` program without a checkout."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mplus_cli.errors import ReadError, reason_of
from mplus_cli.inputs import gitconfig
from mplus_cli.inputs.ignore import OWN_FILE, Rules, is_left_out, parse, rules_of
from mplus_cli.inputs.load import refuse_large
from mplus_cli.inputs.piece import Content, Piece
from mplus_cli.inputs.selection import Selection
from mplus_cli.shown import as_in_system, on_disk, readable

_ADDRESS = re.compile(r"git:(?P<folder>.+?)@(?P<revision>[^:@]+)(?::(?P<path>.+))?", re.DOTALL)
_LIST = ("ls-tree", "-r", "-z", "-l")
_FILE_MODES = (b"100644", b"100755", b"100664")  # not links, not submodules


@dataclass(frozen=True)
class _Address:
    folder: str
    revision: str
    path: str | None

    def file(self, path: str) -> str:
        return readable(f"git:{self.folder}@{self.revision}:{path}")


@dataclass(frozen=True)
class _Entry:
    path: PurePosixPath
    object: str
    size_bytes: int


def is_address(name: str) -> bool:
    return name.startswith("git:")


def absolute(name: str) -> str:
    """The address with its folder made absolute, readable."""
    found = _ADDRESS.fullmatch(name)
    if found is not None:
        start, end = found.span("folder")
        name = f"{name[:start]}{Path(found['folder']).absolute()}{name[end:]}"
    return readable(name)


def folder_of(name: str) -> str | None:
    """The folder of a git address, as it is named; None for what is no such address."""
    found = _ADDRESS.fullmatch(name)
    return found["folder"] if found else None


def pieces(
    name: str, selection: Selection, stack: ExitStack, passed: Callable[[str, str], None]
) -> Iterator[Piece]:
    """The files below a folder of a repository at a revision, or the one that is named.

    Where they can't be listed, one piece that says why when it is asked for its content.
    """
    try:
        address = _parse(name)
        entries = _entries(address)
        if not entries:
            raise ReadError("holds no files", "see what there is with `git ls-tree`")
    except ReadError as error:
        yield Piece(absolute(name), True, 0, _raising(error))
        return
    blobs = _Blobs(address.folder)
    stack.callback(blobs.close)
    rules = [Rules(b"", parse(selection.ignore)), *_rules(entries, blobs)]
    for entry in entries:
        shown = address.file(str(entry.path))
        named = address.path is not None and shown == address.file(address.path)
        reason = None if named else _reason(entry.path, selection, rules)
        if reason is None:
            read = _reading(blobs, entry, shown, selection.max_bytes)
            yield Piece(shown, named, entry.size_bytes, read, selection.options)
        else:
            passed(shown, reason)


def is_gone(name: str) -> bool:
    """Whether a revision that can be read holds a file no more."""
    try:
        address = _parse(name)
        return address.path is not None and not _entries(address)
    except ReadError:
        return False


def _parse(name: str) -> _Address:
    found = _ADDRESS.fullmatch(absolute(name))
    if found is None or found["revision"].startswith("-"):
        raise ReadError("names no revision", "write git:FOLDER@REVISION, for example git:.@HEAD")
    return _Address(on_disk(found["folder"]), found["revision"], found["path"])


def _reason(path: PurePosixPath, selection: Selection, rules: list[Rules]) -> str | None:
    if any(selection.is_hidden(part) for part in path.parts):
        return "hidden"
    if is_left_out(os.fsencode(path), False, b"", rules):
        return "ignored by a pattern"
    return None if selection.has_extension(path.name) else "another extension"


def _rules(entries: list[_Entry], blobs: _Blobs) -> list[Rules]:
    """Rules of the revision's `.mplusignore` files, deepest first.

    What git tracks, `.gitignore` does not ignore.
    """
    files = [entry for entry in entries if entry.path.name == OWN_FILE]
    files.sort(key=lambda entry: len(entry.path.parts), reverse=True)
    return [
        rules_of(os.fsencode(entry.path)[: -len(OWN_FILE)], blobs.read(entry.object))
        for entry in files
    ]


def _raising(error: ReadError) -> Callable[[], Content]:
    def read() -> Content:
        raise error

    return read


def _reading(blobs: _Blobs, entry: _Entry, shown: str, max_bytes: int) -> Callable[[], Content]:
    def read() -> Content:
        refuse_large(entry.size_bytes, max_bytes)
        return Content(blobs.read(entry.object), shown)

    return read


def _entries(address: _Address) -> list[_Entry]:
    """The files of a revision below the address's folder, by path."""
    tree = _git(address.folder, "rev-parse", "--verify", "--quiet", f"{address.revision}^{{tree}}")
    if not tree:
        raise ReadError(
            f"no revision {address.revision} in the repository at {readable(address.folder)}",
            "see what there is with `git log` and `git branch`",
        )
    tree_id, path = tree.decode().strip(), address.path
    listed = _git(address.folder, *_LIST, tree_id, "--", *([] if path is None else [path]))
    if path is not None and not listed:
        listed = _git(address.folder, *_LIST, tree_id, "--", as_in_system(path))
    lines = [line for line in listed.split(b"\0") if line]
    return [entry for entry in map(_entry, lines) if entry is not None]


def _entry(line: bytes) -> _Entry | None:
    described, _, path = line.partition(b"\t")
    mode, _, name, size = described.split()
    if mode not in _FILE_MODES:
        return None
    return _Entry(PurePosixPath(os.fsdecode(path)), name.decode(), int(size))


def _git(folder: str, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            _command(folder, *arguments),
            env=gitconfig.environment(),
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise ReadError(f"git can't be run: {reason_of(error)}", "install git") from error
    # rev-parse --quiet says nothing of a revision that is not there.
    if done.returncode and done.stderr:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[0]
        reason = f"git can't read {readable(folder)}: {said.removeprefix('fatal: ')}"
        raise ReadError(reason, "name a folder of a git repository")
    return done.stdout


def _command(folder: str, *arguments: str) -> list[str]:
    return ["git", "-C", folder, "--literal-pathspecs", *arguments]


class _Blobs:
    """The contents of a repository, by one `git cat-file` that starts when it is first asked."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, name: str) -> bytes:
        """The bytes of an object. Raises `ReadError` where git has none, or stops."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
            header = process.stdout.readline().split()
            if len(header) != 3 or header[1] != b"blob":
                raise ReadError(
                    f"the object {name} of the repository at {readable(self._folder)} is missing",
                    "try `git fsck`",
                )
            data = process.stdout.read(int(header[2]) + 1)[:-1]
        except OSError as error:
            raise self._stopped() from error
        if len(data) != int(header[2]):
            raise self._stopped()
        return data

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C is for mplus, which ends git when it is done.
        return subprocess.Popen(
            _command(self._folder, "cat-file", "--batch"),
            env=gitconfig.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _stopped(self) -> ReadError:
        return ReadError(f"git stopped while reading {readable(self._folder)}", "try `git fsck`")

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()

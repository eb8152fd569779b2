"""A folder as a backend, into which other processes and machines (NFS, a stick) write too."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from pathlib import Path

from store.backends import check_size, damaged, is_name, missing, parts_of, parts_of_prefix
from store.disk import naming, sync_folder
from store.errors import MplusError, full_disk, is_full, reason_of

# Who shares the folder may read what is in it, as far as the umask lets him.
_FILE, _FOLDER = 0o666, 0o777
_UNFINISHED = ".new-"
_LEFT_AFTER_S = 24 * 3600  # nobody writes one object for so long
# Opening a pipe waits for nobody, and a link is not followed.
_AS_IT_IS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_IS_A_LINK = {errno.ELOOP, errno.EMLINK, errno.ENOTDIR}  # or no folder
_NO_FOLDER = {errno.ENOENT, *_IS_A_LINK}


class Folder:
    """See `store.backends.Backend`.

    Every step below the root goes by an open folder, so that a link that somebody puts there
    meanwhile leads nowhere.
    """

    def __init__(self, root: Path) -> None:
        self.address, self._root = str(root), root
        self._swept: set[str] = set()

    def get(self, name: str, most: int, start: int = 0, end: int | None = None) -> bytes:
        *folders, last = parts_of(name)
        with self._telling("read", name), self._within(folders) as folder:
            if not stat.S_ISREG(os.stat(last, dir_fd=folder, follow_symlinks=False).st_mode):
                raise damaged(self.address, name, "it is a link, or no file")
            file = os.open(last, os.O_RDONLY | _AS_IT_IS, dir_fd=folder)
            with os.fdopen(file, "rb") as content:
                stop = os.fstat(file).st_size if end is None else end
                check_size(self.address, name, stop - start, most)
                content.seek(start)
                read = content.read(max(0, stop - start))
        if len(read) != stop - start:
            raise damaged(self.address, name, f"it ends before byte {max(start, stop):,}")
        return read

    def create(self, name: str, content: bytes) -> bool:
        *folders, last = parts_of(name)
        with self._telling("written"), self._within(folders, make=True) as folder:
            if _is_there(last, folder):
                return False
            unfinished = f"{_UNFINISHED}{secrets.token_hex(8)}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _AS_IT_IS
            with (
                naming(self._root),
                os.fdopen(os.open(unfinished, flags, _FILE, dir_fd=folder), "wb") as out,
            ):
                try:
                    self._sweep("/".join(folders), folder, os.fstat(out.fileno()).st_mtime)
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())
                    created = _give_name(unfinished, last, folder)
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(unfinished, dir_fd=folder)
            os.fsync(folder)
        return created

    def names(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        parts = parts_of_prefix(prefix)
        with self._telling("read"), suppress(FileNotFoundError), self._within(parts) as folder:
            yield from _below("".join(f"{part}/" for part in parts), folder)

    def delete(self, names: Iterable[str]) -> None:
        for folders, some in groupby(map(parts_of, names), key=lambda parts: parts[:-1]):
            with (
                self._telling("written"),
                suppress(FileNotFoundError),
                self._within(folders) as folder,
            ):
                for parts in some:
                    with suppress(FileNotFoundError):
                        os.unlink(parts[-1], dir_fd=folder)
                os.fsync(folder)

    @contextmanager
    def _within(self, parts: Sequence[str], make: bool = False) -> Iterator[int]:
        """A folder below the root, open. Raises `FileNotFoundError` where there is none."""
        with ExitStack() as opened:
            if make and not self._root.exists():
                # Its parent is not made: what is to be mounted there would be hidden later.
                with suppress(FileExistsError):
                    self._root.mkdir(_FOLDER)
                    sync_folder(self._root.parent)
            try:
                folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except NotADirectoryError as error:
                raise MplusError(
                    f"{self.address} is not a directory",
                    "name the folder of a repository, or a new one",
                ) from error
            opened.callback(os.close, folder)
            for part in parts:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, _FOLDER, dir_fd=folder)
                        os.fsync(folder)
                try:
                    folder = _open_folder(part, folder)
                except OSError as error:
                    if error.errno in _IS_A_LINK:
                        raise damaged(self.address, part, "it is a link, or no folder") from error
                    raise
                opened.callback(os.close, folder)
            yield folder

    @contextmanager
    def _telling(self, done: str, name: str = "") -> Iterator[None]:
        """What the system says as the errors of a backend. `name`: the object that is wanted."""
        try:
            yield
        except OSError as error:
            if name and isinstance(error, FileNotFoundError):
                raise missing(self.address, name) from error
            if name and error.errno in _IS_A_LINK:
                raise damaged(self.address, name, "it is a link") from error
            if is_full(error):
                raise full_disk(self._root, error.errno == errno.EDQUOT) from error
            raise MplusError(
                f"the folder {self.address} can't be {done}: {reason_of(error)}",
                "look whether its disk is there, and whether you have the rights",
            ) from error

    def _sweep(self, where: str, folder: int, now: float) -> None:
        """Remove what killed writers have left in a folder, once. `now`: by the clock of its disk,
        which may be another machine's.
        """
        if where in self._swept:
            return
        self._swept.add(where)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(_UNFINISHED):
                    with suppress(FileNotFoundError, PermissionError):
                        if now - entry.stat(follow_symlinks=False).st_mtime > _LEFT_AFTER_S:
                            os.unlink(entry.name, dir_fd=folder)


def _give_name(unfinished: str, name: str, folder: int) -> bool:
    """Let a whole file have a name that none has yet; False: another has it."""
    try:
        os.link(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        # A server of files may have done it, and been asked again as its answer was lost.
        ours = os.stat(unfinished, dir_fd=folder, follow_symlinks=False)
        return os.path.samestat(ours, os.stat(name, dir_fd=folder, follow_symlinks=False))
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _give_name_alone(unfinished, name, folder)
    return True


def _give_name_alone(unfinished: str, name: str, folder: int) -> bool:
    """The same on file systems without hard links (sticks): one process at a time, for as long as
    it has the folder locked.
    """
    import fcntl

    alone = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if _is_there(name, folder):
            return False
        os.rename(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
        return True
    finally:
        os.close(alone)


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _below(prefix: str, folder: int) -> Iterator[tuple[str, int]]:
    """Name and size of each file in a folder and its folders, in order of name."""
    with os.scandir(folder) as entries:
        found = list[tuple[str, int | None]]()  # None: a folder
        for entry in entries:
            if not is_name(prefix + entry.name):
                continue
            with suppress(FileNotFoundError):
                if entry.is_dir(follow_symlinks=False):
                    found.append((f"{entry.name}/", None))
                elif entry.is_file(follow_symlinks=False):
                    found.append((entry.name, entry.stat(follow_symlinks=False).st_size))
    for name, size in sorted(found):
        if size is not None:
            yield prefix + name, size
            continue
        try:
            inner = _open_folder(name[:-1], folder)
        except OSError as error:
            if error.errno in _NO_FOLDER:  # by now
                continue
            raise
        try:
            yield from _below(prefix + name, inner)
        finally:
            os.close(inner)


def _open_folder(part: str, folder: int) -> int:
    return os.open(part, os.O_RDONLY | os.O_DIRECTORY | _AS_IT_IS, dir_fd=folder)

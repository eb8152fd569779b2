"""A memory that a server has, with the methods of `mplus_cli.api.Memory`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Unpack

from mplus_cli.asking.among import Name
from mplus_cli.asking.how import How, Search
from mplus_cli.asking.response import Response
from mplus_cli.errors import StoppedError, UsageError
from mplus_cli.remote.failures import error_of
from mplus_cli.remote.server import Server
from mplus_cli.results import Progress, never, unheard, unwatched
from mplus_cli.results.answers import Answer, Passage
from mplus_cli.results.contents import Document, DocumentText, Status
from mplus_cli.results.history import Generation
from mplus_cli.results.upkeep import Forgotten

if TYPE_CHECKING:
    from mplus_cli.asking.batch import Asked
    from mplus_cli.asking.shared import Engines
    from mplus_cli.injecting.events import Event
    from mplus_cli.results.runs import Report
    from mplus_cli.texts import Taking

# What needs the memory's folder, or is the affair of who runs the server.
HERE_ALONE = frozenset(
    {
        *(
            "answerer",
            "diff",
            "export",
            "gc",
            "import_",
            "keep_updating",
            "overview",
            "paths",
            "preview_inject",
            "pull",
            "push",
        ),
        *(
            "preview_rebuild",
            "preview_update",
            "rebuild",
            "shard",
            "tag",
            "trim",
            "untag",
            "update",
        ),
        *("verify",),
    }
)

_RANKS = 1 << 31  # more than a memory has chunks


class RemoteQuestions:
    """What the memory of a server can be asked, as one generation has it. See `api.Questions`."""

    def __init__(self, server: Server, at: str | None) -> None:
        self._server, self._at = server, at

    def ask(self, question: str, **how: Unpack[How]) -> Answer:
        return self.stream(question, **how).answer

    def stream(self, question: str, **how: Unpack[How]) -> Response:
        """The question goes out with the first piece that is wanted. `stopped` is asked between
        pieces; closing the response stops the answer, too.
        """
        return Response(self._pieces(question, how))

    def search(self, words: str, k: int = 5, **how: Unpack[Search]) -> list[Passage]:
        found = self._server.get("/api/search", self._wanted(words, k, how)).get("passages")
        return self._ranked(self._server.made(list[Passage], found))

    def rankings(self, question: str, k: int = 64, **how: Unpack[Search]) -> list[list[Passage]]:
        found = self._server.get("/api/rankings", self._wanted(question, k, how)).get("rankings")
        rankings = self._server.made(list[list[Passage]], found)
        if not rankings:
            raise self._server.strange("it has no ranking")
        return [self._ranked(each) for each in rankings]

    def _ranked(self, found: list[Passage]) -> list[Passage]:
        """Passages whose ranks by text can be ranks: these are reckoned with."""
        if any(each.text_rank is not None and not 0 < each.text_rank < _RANKS for each in found):
            raise self._server.strange("a rank is none")
        return found

    def _wanted(self, words: str, k: int, how: Search) -> dict[str, str | list[str]]:
        """What a search takes."""
        among, since = how.get("among"), how.get("since")
        wanted: dict[str, str | list[str]] = {"q": words, "k": str(k)}
        wanted |= {"at": self._at} if self._at is not None else {}
        wanted |= {"in": list(map(str, _listed(among)))} if among is not None else {}
        wanted |= {"since": since} if since is not None else {}
        return wanted | {"after": list(how.get("after", ()))}

    def _pieces(self, question: str, how: How) -> Generator[str, None, Answer]:
        stopped = how.get("stopped", never)
        body: dict[str, Any] = {name: value for name, value in how.items() if name != "stopped"}
        if how.get("among") is not None:
            body["among"] = list(map(_plain, _listed(how["among"])))
        body |= {"question": question, "stream": True}
        body |= {"at": self._at} if self._at is not None else {}
        for name, told in self._server.events("/api/ask", body):
            if stopped():
                raise StoppedError("the answer was stopped", "ask anew")
            if name == "piece":
                yield self._server.made(str, told.get("text"))
            elif name == "answer":
                return self._server.made(Answer, told)
            elif name == "error":
                raise error_of(told.get("error"))
        raise self._server.strange("it ends before the answer does")


class RemoteMemory(RemoteQuestions):
    """See `mplus_cli.api.Memory`; what a server does not do for others raises `UsageError`.

    Any thread may use it. Errors are those that the memory itself raises, and `UnreachableError`.
    """

    def __init__(self, address: str, token: str | None) -> None:
        super().__init__(Server(address, token), None)

    def __getattr__(self, name: str) -> Any:
        if name in HERE_ALONE:
            return partial(self._refuse, name)
        if name in ("path", "reads_pool"):
            self._refuse(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _refuse(self, name: str, *_: object, **__: object) -> NoReturn:
        raise UsageError(
            f"{name} is not done through a server",
            "open the memory's folder on the machine where it is",
        )

    def __enter__(self) -> RemoteMemory:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._server.close()

    @property
    def place(self) -> str:
        return self._server.address

    @property
    def identity(self) -> str:
        return self.status().identity

    def share(self, engines: Engines) -> None:
        """The model is the server's."""

    def at(self, generation: str | int) -> RemoteQuestions:
        return RemoteQuestions(self._server, str(generation))

    def ask_all(self, lines: Sequence[bytes], **how: Unpack[How]) -> Iterator[Asked]:
        from mplus_cli.asking.batch import ask_all

        return ask_all(lines, partial(self.ask, **how))

    def inject(
        self,
        *names: str | Path,
        watch: Callable[[Event], None] = unheard,
        stopped: Callable[[], bool] = never,
        cluster: str | None = None,
        workers: int = 0,
        shared: bool = False,
        **taking: Unpack[Taking],
    ) -> Report:
        """Files, folders and addresses are read here, and sent one after the other. Raises
        `UsageError` where workers are wanted: who computes is the server's affair.
        """
        from mplus_cli.remote.sending import send

        if cluster is not None or workers or shared:
            raise UsageError("workers are not known to a server", "leave them out")
        return send(self._server, list(map(str, names)), watch, stopped, taking)

    def status(self) -> Status:
        return self._server.made(Status, self._server.get("/api/status"))

    def documents(self) -> list[Document]:
        found = self._server.get("/api/documents").get("documents")
        return self._server.made(list[Document], found)

    def text(self, document: int) -> DocumentText:
        found = self._server.get(f"/api/documents/{int(document)}/text")
        return self._server.made(DocumentText, found)

    def page_picture(self, document: int, chunk: int) -> bytes:
        path = f"/api/documents/{int(document)}/page.png"
        return self._server.content(path, {"chunk": str(int(chunk))})

    def generations(self) -> list[Generation]:
        found = self._server.get("/api/generations").get("generations")
        return self._server.made(list[Generation], found)

    def newest(self) -> Generation | None:
        return next(iter(self.generations()), None)

    def rollback(self, generation: str | int) -> tuple[int, Generation]:
        found = self._server.post("/api/rollback", {"generation": generation})
        made = self._server.made
        return made(int, found.get("to")), made(Generation, found.get("generation"))

    def forget(
        self,
        *names: str | Path,
        erase: bool = False,
        dry_run: bool = False,
        progress: Progress = unwatched,
    ) -> Forgotten:
        """Names are those that documents have there: what a path means here says nothing."""
        wanted = {"names": list(map(str, names)), "erase": erase, "dry_run": True}
        would = self._server.made(Forgotten, self._server.post("/api/forget", wanted))
        if dry_run:
            return would
        # A server takes a name for one document alone, and ids for as many as there are.
        there = {each.id for each in self.documents()}
        ids = [str(each.id) for each in would.documents if each.id in there]
        wanted |= {"names": ids or wanted["names"], "dry_run": False}
        return self._server.made(Forgotten, self._server.post("/api/forget", wanted))


def _listed(among: Name | Sequence[Name] | None) -> Sequence[Name]:
    """One name, or several."""
    if among is None:
        return ()
    return [among] if isinstance(among, Name) else among


def _plain(name: Name) -> str | int:
    return str(name) if isinstance(name, Path) else name

"""The workers that are there, each looked at before it is given a document, whenever it comes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mplus_cli.cluster import tasks
from mplus_cli.cluster.tasks import Wanted
from mplus_cli.errors import ClusterError, reason_of

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK_EVERY_S, POLL_S, TOLD_S = 1.0, 0.05, 5.0
PATIENCE_S = 60.0
"""How long a run waits while there is no worker at all."""
_REMEDY = (
    "install the same mplus there and prepare the model (mplus model pull NAME), then start the "
    "worker anew"
)


class Crew:
    """`threads`: tasks that the workers run at a time; `tokens`: that a worker writes together, at
    most. Raises `ClusterError` where one of them is wrong, and where there is none.
    """

    def __init__(self, client: Client, wanted: Wanted, stopped: Callable[[], bool]) -> None:
        self.threads = self.tokens = 0
        self._client, self._wanted, self._stopped = client, wanted, stopped
        self._right: set[str] = set()
        self._wrong: dict[str, str] = {}
        self._asked: dict[str, Future[Any]] = {}
        self._looked_s = 0.0
        self._seen_s = time.monotonic()

    def gather(self) -> int:
        """Wait until there is a worker, and all that are there have told what they have; gives how
        many there are.
        """
        while not self._stopped():
            self.look(at_once=True)
            if self._right and not self._asked:
                break
            time.sleep(POLL_S)
        return len(self._right)

    def look(self, at_once: bool = False) -> None:
        """See who has come or gone, now and then."""
        now = time.monotonic()
        if not at_once and now - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now
        there: dict[str, Any] = self._client.scheduler_info()["workers"]
        self._seen_s = now if there else self._seen_s
        if now - self._seen_s > PATIENCE_S:
            raise ClusterError(
                f"there has been no worker for {PATIENCE_S:.0f} s",
                "start one with: dask worker ADDRESS; the same command goes on then",
            )
        self.threads = sum(each["nthreads"] for each in there.values())
        self._right &= there.keys()
        for gone in self._asked.keys() - there.keys():
            self._asked.pop(gone).release()
        new = there.keys() - self._right - self._asked.keys() - self._wrong.keys()
        if new:
            self._ask(new)
        self._hear()

    def _ask(self, new: set[str]) -> None:
        """Have workers told what they have; those of another Python can't read the question."""
        ours = ".".join(map(str, sys.version_info[:2]))
        versions, spec = self._client.get_versions()["workers"], self._wanted.spec
        for address in new & versions.keys():  # the others have gone again
            python = ".".join(versions[address]["host"]["python"].split(".")[:2])
            if python != ours:
                self._wrong[address] = f"it runs Python {python}, wanted is {ours}"
                continue
            self._asked[address] = self._client.submit(
                tasks.tell, spec.model, spec.quantize, workers=[address], pure=False, priority=100
            )

    def _hear(self) -> None:
        """Take what workers have told by now."""
        done = [address for address, future in self._asked.items() if future.done()]
        for address in done:
            future = self._asked.pop(address)
            if future.status == "error":
                self._wrong[address] = _of_foreign(future)
            elif future.status == "finished":
                with suppress(TimeoutError):  # it has died since; what comes for it is asked anew
                    self._take(address, future.result(timeout=TOLD_S))
        if self._wrong and not self._asked:  # all are named together
            told = "; ".join(f"{address}: {what}" for address, what in sorted(self._wrong.items()))
            raise ClusterError(f"not every worker can write for this memory: {told}", _REMEDY)

    def _take(self, address: str, told: Mapping[str, Any]) -> None:
        if wrong := tasks.wrong_with(told, self._wanted):
            self._wrong[address] = wrong
            return
        self.tokens = max(self.tokens, told["tokens"])
        self._right.add(address)


def _of_foreign(future: Future[Any]) -> str:
    """What is wrong with a worker that does not understand the question."""
    return f"it can't run tasks of mplus: {reason_of(future.exception())}"

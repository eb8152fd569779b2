"""What all benchmarks share: the machine in words, what a process holds, the clock, how figures are
kept.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
MPLUS = [sys.executable, "-c", "from mplus_cli.main import main; main()"]
SAMPLED_EVERY_S = 0.002
LOCK_TIMEOUT_S = 3.0


def machine() -> dict[str, Any]:
    """Figures mean little without it; `load` is that of the last minute, of everything that runs
    here.
    """
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "ram_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def _cpu() -> str:
    """The processor's own name and what it can do with small numbers, where Linux tells it."""
    info = Path("/proc/cpuinfo")
    fields = (
        dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
        if info.exists()
        else {}
    )
    found = {name.strip(): value.strip() for name, value in fields.items()}
    able = {"avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"} & set(
        found.get("flags", "").split()
    )
    return " ".join([found.get("model name") or platform.machine(), *sorted(able)])


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what came of it."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def status_bytes(name: str, process: int | str = "self") -> int:
    """Of one process alone: `getrusage` begins with the peak of the process that started it."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


class Sampler(threading.Thread):
    """The peak of this process's memory, looked at every few milliseconds: of what it can't give
    back (RssAnon), or of all that is resident (VmRSS).
    """

    def __init__(self, name: str = "RssAnon") -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._name = name
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(SAMPLED_EVERY_S):
            self.peak_bytes = max(self.peak_bytes, status_bytes(self._name))

    def stop(self) -> int:
        self._ended.set()
        self.join()
        return self.peak_bytes


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """So many processes that keep a core busy each, for as long as the block lasts."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def megabytes(count: float) -> int:
    return round(count / 1e6)


def timing_options(parser: argparse.ArgumentParser, rounds: int) -> None:
    """Options of what is timed in rounds."""
    parser.add_argument("--rounds", type=int, default=rounds, help="rounds that count")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--neighbours", type=int, default=0, help="busy processes beside it")


def keep(found: dict[str, Any], file: Path | None) -> None:
    """Print figures, and write them to a file, if one is named."""
    text = json.dumps(found, indent=1)
    print(text)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")

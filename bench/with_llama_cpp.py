"""The same measured with llama.cpp; run by a Python that has llama-cpp-python, and needs no more.

PYTHON bench/with_llama_cpp.py FILE.gguf THREADS 256,512 ANSWER_TOKENS wall|cpu
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

FORMS = ("Q8_0", "Q4_0")
REPEATS = 3


def main() -> None:
    import llama_cpp

    file, threads, sizes, answer, how = sys.argv[1:]
    clock = time.process_time if how == "cpu" else time.perf_counter
    chunks = [int(size) for size in sizes.split(",")]
    start = clock()
    model = llama_cpp.Llama(
        file,
        n_ctx=max(chunks) + int(answer) + 64,
        n_batch=max(chunks),
        n_ubatch=max(chunks),
        n_threads=int(threads),
        n_threads_batch=int(threads),
        verbose=False,
    )
    found = {"load_s": clock() - start}
    for tokens in chunks:
        times = []
        for _ in range(1 + REPEATS):
            model.reset()
            start = clock()
            model.eval(list(range(10, 10 + tokens)))
            times.append(clock() - start)
        found[f"prefill_{tokens}"] = tokens / statistics.median(times[1:])
    times = []
    for token in range(int(answer) + 2):
        start = clock()
        model.eval([token + 1])
        times.append(clock() - start)
    found["decode"] = 1 / statistics.median(times[2:])
    found["peak_mb"] = resident_mb()
    print(json.dumps(found))


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    line = next(line for line in lines if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()

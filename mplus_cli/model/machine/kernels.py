"""How many of the kernels that a CPU makes for each new shape are kept."""

from __future__ import annotations

import os

# oneDNN compiles a kernel for each product of new shapes in bfloat16 (0.3 MB, some 0.3 ms) and
# keeps the 1,024 used last; PyTorch keeps its descriptions of as many, as large again, for each
# thread. Hardly two questions are of one length behind passages of one length, so that is some
# eight kernels a question, of which few are used again. Those of one pass must be kept, under
# thirty, for each layer uses them; more of them spare the next questions some work.
KEPT = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "256", "LRU_CACHE_CAPACITY": "32"}


def keep_few() -> None:
    """Let no more be kept than `KEPT` says, where the user has not chosen a number.

    Both libraries look at it in the process's first product; later it changes nothing.
    """
    for name, number in KEPT.items():
        os.environ.setdefault(name, number)

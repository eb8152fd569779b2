"""How many of the kernels that a CPU makes for each new shape are kept."""

from __future__ import annotations

import os

# oneDNN compiles a kernel for each product of new shapes in bfloat16, 0.3 MB of memory and some 0.3
# ms of work, and keeps the 1,024 used last; PyTorch keeps what it told oneDNN of as many, as large
# again, for each thread. Every question is of a length of its own, and so is every passage: that is
# some eight new shapes a question, 2 MB, of which few come again. What must be kept is what one
# question's layers have in common, under thirty; more of them spare the next questions some work.
# Both are read when the first product is made. LRU_CACHE_CAPACITY of 0 ends the process.
KEPT = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "256", "LRU_CACHE_CAPACITY": "32"}


def keep_few() -> None:
    """Let no more be kept than `KEPT` says, where the user has not chosen a number.

    To be called before the first product; later it changes nothing.
    """
    for name, number in KEPT.items():
        os.environ.setdefault(name, number)

"""Of the many steps at which a test fails, kills or spoils something, one after the other, those
that it visits: a sample, or all of them, as `make soak` has it.
"""

import os
from collections.abc import Iterable

IS_WHOLE = os.environ.get("MPLUS_TEST_STEPS") == "all"  # read before a test clears its environment


def visited(total: int, every: int, case: int = 0, beside: Iterable[int] = ()) -> list[int]:
    """The steps (from 0) of so many to visit, in order: every n-th from an offset that the number
    of the case gives, so that cases together visit all kinds of steps; and always the first, the
    last, and those at which most is at stake (`beside`).
    """
    if IS_WHOLE:
        return list(range(total))
    some = {0, total - 1, *beside, *range(case % every, total, every)}
    return sorted(each for each in some if 0 <= each < total)


def examples(count: int) -> int:
    """The examples that a test of a property draws, where a sample has so many."""
    return 10 * count if IS_WHOLE else count

"""How rooms of this wing are compiled, and how compiled work is shared among threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

__all__ = ["FILTER", "compiled", "sharded"]

#: least relative distance from an edge that doubles tell from none (Shewchuk's orientation filter)
FILTER = 8.9e-16
#: items that a thread works off at a time
_SHARD = 20_000

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function on first use; its machine code is kept on disk where that can be written.

    Numba looks for a folder when a function is declared and refuses where it finds none (read-only
    installation without a home); such a machine compiles anew in each process.
    """
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(F, numba.njit(nogil=True)(function))


def sharded(work: Callable[[slice], None], items: int) -> None:
    """Work items off in shards, on as many threads as the machine has; each item is its own."""
    shards = [slice(at, min(at + _SHARD, items)) for at in range(0, items, _SHARD)]
    if len(shards) < 2:
        for shard in shards:
            work(shard)
        return
    with ThreadPoolExecutor(numba.get_num_threads()) as threads:
        list(threads.map(work, shards))

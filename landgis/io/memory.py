"""What was read of a file, kept while it is looked at, so that a second question reads no more."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, MutableMapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, TypeVar

__all__ = ["Bench", "Memory", "held", "kept"]

Read = TypeVar("Read")
#: what was read to its outcome; made by whoever asks several times, and dropped with them
Memory = MutableMapping[Hashable, Any]


class Bench(dict[Hashable, Any]):
    """A memory that keeps open, too, what was opened or unpacked, until it is dropped itself."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        weakref.finalize(self, self.opened.close)


def kept(memory: Memory | None, key: Hashable, read: Callable[[], Read]) -> Read:
    """Return what was read before under a key, or read it now; without a memory always read.

    Whoever takes it must not change it.
    """
    if memory is None:
        return read()
    if key not in memory:
        memory[key] = read()
    known: Read = memory[key]
    return known


def held(
    memory: Memory | None, key: Hashable, opening: Callable[[], AbstractContextManager[Read]]
) -> AbstractContextManager[Read]:
    """Return what was opened before under a key, or open it now: for as long as a `Bench` stands.

    Any other memory keeps nothing open.
    """
    if not isinstance(memory, Bench):
        return opening()
    bench = memory
    return nullcontext(kept(memory, key, lambda: bench.opened.enter_context(opening())))

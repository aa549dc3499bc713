"""What was read of a file, kept while it is looked at, so that a second question reads no more."""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from typing import Any, TypeVar

__all__ = ["Memory", "kept"]

Read = TypeVar("Read")
#: what was read to its outcome; made by whoever asks several times, and dropped with them
Memory = MutableMapping[Hashable, Any]


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

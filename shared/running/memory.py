"""How a service's process uses memory."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_M_ARENA_MAX = -8
# So many new objects at a time are looked through for cycles, of which an answer over HTTP leaves some twenty
# and a page two hundred. To take a hundred thousand out at once holds up everybody for 0.2 s.
_YOUNG, _YOUNG_IN_A_BATCH = 10_000, 100_000
_batches = 0


def tune() -> None:
    """Call once, when everything is imported and before there are threads."""
    _share_arenas()
    # What was imported stays, and need not be looked through.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 100)


@contextmanager
def batch() -> Iterator[None]:
    """While a batch is worked on, which makes tens of thousands of objects and no cycles: looking for some in
    each of them costs a tenth of the intake.
    """
    global _batches  # noqa: PLW0603 - there is one garbage collector
    _batches += 1
    gc.set_threshold(_YOUNG_IN_A_BATCH)
    try:
        yield
    finally:
        _batches -= 1
        if not _batches:
            gc.set_threshold(_YOUNG)


def _share_arenas() -> None:
    """Each new thread would get an arena of its own (glibc) and keep in it what was freed: with the search
    index's writers, which take 15 MB each, the directory grew to 300 MB within fifty commits.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "gnu_get_libc_version"):
            libc.mallopt(_M_ARENA_MAX, 2)

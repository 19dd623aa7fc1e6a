"""A child that ends with its parent, however the parent ends: only Linux does that."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with(parent: int, number: signal.Signals) -> None:
    """Call in a child just forked: it gets the signal when the thread that forked it ends. Elsewhere than on
    Linux it outlives its parent.
    """
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, number)
    # The parent may have ended before the line above took hold.
    if os.getppid() != parent:
        os._exit(1)

"""One process works while another stands by, with everything imported: when the first dies, the next is at
work in a fraction of the time that it takes to start Python (docs/decisions/0019).

The one that stands by does nothing else: it opens no connection and has no thread, so that what it forks is
as good as new. It passes SIGTERM and SIGINT on. It ends with the one that works, and that one with it.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import structlog

from shared import failpoints
from shared.running.orphans import end_with

log = structlog.get_logger()
_TOLD_TO_END = (signal.SIGTERM, signal.SIGINT)
# Give up after three crashes within two seconds each: a restart will not help.
_SOON, _OFTEN = 2.0, 3


def serve(work: Callable[[], int]) -> int:
    """Do the work, again whenever the process that does it is killed or gives another code than 0. Call
    before there are threads.

    Returns the work's code when it is 0, when we were told to end, or when three in a row have died within
    two seconds; 128 + n where signal n ended it. Only Linux ends a process with its parent: elsewhere the
    work is done in this one, once.
    """
    return _Standby(work).run() if sys.platform == "linux" else work()


class _Standby:
    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work
        self._worker = 0
        self._told = 0

    def run(self) -> int:
        before = {number: signal.signal(number, self._pass_on) for number in _TOLD_TO_END}
        parent, soon = os.getpid(), 0
        while not self._told:
            began = monotonic()
            # A signal between the fork and its being noted down would reach nobody.
            signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD_TO_END)
            self._worker = os.fork()
            if not self._worker:
                for number, handler in before.items():
                    signal.signal(number, handler)
                # Ctrl-C in a terminal reaches the one that stands by, and once is enough.
                os.setpgid(0, 0)
                end_with(parent, signal.SIGKILL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD_TO_END)
            if not self._worker:
                return self._work()
            code = os.waitstatus_to_exitcode(os.waitpid(self._worker, 0)[1])
            self._worker = 0
            code = code if code >= 0 else 128 - code
            soon = soon + 1 if monotonic() - began < _SOON else 0
            if self._told or code == 0 or soon == _OFTEN:
                return code
            log.warning("worker.died", code=code)
            # An order to crash was for the one that has crashed.
            failpoints.arm("")
        return 128 + self._told

    def _pass_on(self, number: int, _frame: object) -> None:
        self._told = number
        if self._worker:
            with suppress(ProcessLookupError):
                os.kill(self._worker, number)

"""Background tasks, none of which may die in silence."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial

import structlog

log = structlog.get_logger()


class Tasks:
    """A dead background task ends its process: a service must never answer HTTP while it is deaf."""

    def __init__(self, on_death: Callable[[str], None]) -> None:
        self._on_death = on_death
        self._running: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[None, None, None], *, ends: bool = False) -> None:
        """`ends` says that the work comes to an end on its own, which is no death then."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(partial(self._ended, ends=ends))

    def _ended(self, task: asyncio.Task[None], *, ends: bool) -> None:
        self._running.discard(task)
        if task.cancelled() or (ends and task.exception() is None):
            return
        error = task.exception()
        log.critical("task.died", task=task.get_name(), exc_info=error)
        self._on_death(task.get_name())

    async def stop(self) -> None:
        """Cancel all and wait for them."""
        left = set(self._running)
        while left:
            for task in left:
                task.cancel()
            # Longer than any of them takes to end. Then again: in Python 3.11 `asyncio.wait_for` swallows a
            # cancellation that arrives together with the result.
            _, left = await asyncio.wait(left, timeout=8)

"""Long work leaves the event loop to others in between."""

import asyncio
from collections.abc import Callable, Iterable
from statistics import median
from threading import Thread
from time import monotonic, sleep

from shared.running.turns import fairly, giving_way

_AWAY = 0.001


def work() -> None:
    until = monotonic() + 0.001
    while monotonic() < until:
        pass


async def longest_wait(others: "asyncio.Event") -> float:
    """How long somebody who only wants a turn was kept from it, at most."""
    longest, last = 0.0, monotonic()
    while not others.is_set():
        await asyncio.sleep(0)
        longest, last = max(longest, monotonic() - last), monotonic()
    return longest


async def test_others_have_their_turn_in_the_middle_of_a_batch_that_keeps_its_order() -> None:
    done = asyncio.Event()
    waiting = asyncio.create_task(longest_wait(done))
    began, seen = monotonic(), list[int]()
    async for number in fairly(range(200)):
        work()
        seen.append(number)
    took = monotonic() - began
    done.set()
    assert seen == list(range(200))
    assert await waiting < took / 4


def waited(through: Callable[[Iterable[int]], Iterable[int]]) -> float:
    """How long, at the median, one waits to go on while another thread works through something. Away for
    long enough each time that the other one has taken the interpreter: else one would have it back at once.
    """

    def work_through() -> None:
        for _ in through(range(600)):
            work()

    thread = Thread(target=work_through)
    waits: list[float] = []
    thread.start()
    while thread.is_alive():
        began = monotonic()
        sleep(_AWAY)
        waits.append(monotonic() - began - _AWAY)
    return median(waits)


def test_a_thread_that_gives_way_keeps_nobody_waiting_for_the_interpreter() -> None:
    assert waited(giving_way) < 0.7 * waited(iter)


def test_giving_way_changes_neither_what_comes_nor_its_order() -> None:
    assert list(giving_way(range(5))) == [0, 1, 2, 3, 4]

"""Long work leaves the event loop to others in between."""

import asyncio
from time import monotonic

from shared.turns import fairly


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

"""A mail server that refuses, stalls and breaks off at each step."""

from __future__ import annotations

import asyncio

from tests.faults.people import STAGE, Employee
from tests.faults.row import Row
from tests.faults.scene import Scene
from tests.faults.smtp_server import Action, Drop, Stall

_VERBS = ("EHLO", "MAIL", "RCPT", "DATA", "DOT")
_ANSWERS = ("421 4.3.2 shutting down", "450 4.2.1 later", "550 5.1.1 unknown")
# EHLO and MAIL are about us and no mail's fault.
_REFUSED_FOR_GOOD = len(_VERBS) - 2
_SLOW_SECONDS = 30.0
_OTHERS_SECONDS = 5.0


async def _slow() -> None:
    await asyncio.sleep(_SLOW_SECONDS)


_HOLDS: tuple[tuple[str, str, Action], ...] = (
    ("never past RCPT", "RCPT", Stall()),
    ("never past DATA", "DATA", Stall()),
    ("no answer to the dot", "DOT", Stall()),
    ("250 after 30 s", "DOT", _slow),
)


async def misbehave(scene: Scene) -> None:
    server = scene.cluster.mail
    await scene.load.silence()
    await scene.settled(within=60)
    try:
        await _refuse(scene)
        await _break_off(scene)
        await _hold_up(scene)
    finally:
        server.orders.clear()
        server.always.clear()


async def _ask(scene: Scene, count: int) -> set[str]:
    """Ids of so many mails, to different people."""
    numbers = scene.rng.sample(range(STAGE, scene.load.staff), count)
    ids = {await scene.load.tell(Employee(scene.load.agencies[0], number)) for number in numbers}
    await scene.load.flush()
    return ids


async def _in(scene: Scene, ids: set[str], *states: str) -> set[str]:
    rows = scene.cluster.databases["notify"].db.notifications
    found = rows.find({"_id": {"$in": list(ids)}, "state": {"$in": list(states)}}, {"_id": 1})
    return {row["_id"] async for row in found}


async def _refuse(scene: Scene) -> None:
    """Each answer once at each verb: what is refused for good is never tried again, all else arrives."""
    for verb in _VERBS:
        scene.cluster.mail.on(verb, *_ANSWERS)
    ids = await _ask(scene, 60)

    async def settled() -> int:
        return len(await _in(scene, ids, "sent", "failed"))

    took = await scene.until("all are sent or refused", settled, lambda n: n == len(ids), within=60)
    scene.measured("refusals settled after s", took)
    failed = await _in(scene, ids, "failed")
    scene.require(len(failed) == _REFUSED_FOR_GOOD, f"{len(failed)} have failed, not {_REFUSED_FOR_GOOD}")
    _never_again(scene, failed)
    before = await _attempts(scene, failed)
    # Long enough for anything that was put off to come back.
    await asyncio.sleep(3)
    scene.require(await _attempts(scene, failed) == before, "a mail that was refused for good is tried again")
    came = {mail.notification for mail in scene.cluster.mail.received}
    scene.require(not came & failed, "a mail that was refused for good went out")


def _never_again(scene: Scene, failed: set[str]) -> None:
    scene.load.ledger.refused |= failed
    scene.load.ledger.requests -= failed
    scene.load.ledger.unsent -= failed


async def _attempts(scene: Scene, ids: set[str]) -> dict[str, int]:
    rows = scene.cluster.databases["notify"].db.notifications.find(
        {"_id": {"$in": list(ids)}}, {"attempts": 1}
    )
    return {row["_id"]: row["attempts"] async for row in rows}


async def _break_off(scene: Scene) -> None:
    """The connection breaks after DATA, and after the dot with the mail kept and with it lost. Only after the
    dot nobody can know: each of these may come twice, and only the one that was kept does.
    """
    server = scene.cluster.mail
    before = len(server.received)
    server.on("DATA", Drop())
    server.on("DOT", Drop(keep=True), Drop(keep=False))
    scene.undecidable(1)
    ids = await _ask(scene, 40)
    await _all_sent(scene, ids, within=60)
    scene.require(len(server.received) - before <= len(ids) + 1, "more than one mail came twice")


async def _all_sent(scene: Scene, ids: set[str], within: float) -> float:
    async def sent() -> int:
        return len(await _in(scene, ids, "sent"))

    return await scene.until("all are sent", sent, lambda n: n == len(ids), within=within)


async def _hold_up(scene: Scene) -> None:
    """Half of the senders hang, each at another step; the mails of the others go out meanwhile."""
    server = scene.cluster.mail
    hang: dict[str, set[str]] = {}
    for name, verb, action in _HOLDS:
        server.on(verb, action)
        hang[name] = await _ask(scene, 1)

        async def met(verb: str = verb) -> bool:
            return not server.orders[verb]

        await scene.until(f"a mail hangs: {name}", met, within=20)
    scene.undecidable(sum(verb == "DOT" for _, verb, _ in _HOLDS))
    took = await _all_sent(scene, await _ask(scene, 30), within=_OTHERS_SECONDS)
    scene.measured("others meanwhile s", took)
    await _all_sent(scene, set[str]().union(*hang.values()), within=60)
    for name, ids in hang.items():
        came = [mail for mail in server.received if mail.notification in ids]
        scene.require(len(came) <= 2, f"the mail that hung ({name}) came {len(came)} times")
        again = {mail.message_id for mail in came}
        scene.require(len(again) == 1, f"the mail that hung ({name}) came under another Message-ID")


ROWS = (
    Row(
        "mail-server",
        "at most one repeat where nobody can know; 550 never again; others at most 5 s later",
        misbehave,
        short=False,
    ),
)

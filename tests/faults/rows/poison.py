"""A record that a service can't handle, though it fits its contract, heads its key: that key waits,
the others don't, and when the cause is gone it is handled in its order.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.consuming.redriving import redrive
from shared.contracts.topics import STAFF_PREFIX
from tests.faults.checks import spec
from tests.faults.people import STAGE, Employee
from tests.faults.row import Row
from tests.faults.scene import Scene

_FOLLOWING = 3
_LOOKS = 3
_DELAYED_SECONDS = 1.0


async def poison(scene: Scene) -> None:
    """The database refuses one document, as it would one that is too large or breaks a rule."""
    agency = scene.load.agencies[0]
    poisoned = Employee(agency, scene.rng.randrange(STAGE, scene.load.staff))
    others = [Employee(agency, n) for n in range(STAGE, STAGE + 60) if n != poisoned.number]
    await scene.settled(within=60)
    await scene.load.silence()
    db = scene.cluster.databases["directory"].db
    refuse = {"$nor": [{"employee_id": poisoned.employee_id, "agency": agency}]}
    await db.command("collMod", "people", validator=refuse)
    try:
        # Under the same rule, which MongoDB takes a moment to get used to.
        usual = max([await _others_through(scene, others) for _ in range(_LOOKS)])
        for _ in range(_FOLLOWING):
            await scene.load.publish(poisoned)
        took = await _others_through(scene, others, but=poisoned)
        scene.measured("others after s", took)
        scene.measured("without it after s", usual)
        waiting = {"kind": "failed", "topic": STAFF_PREFIX + agency, "partition": {"$gte": 0}}
        parked = await db.parked.find(waiting).sort("offset", 1).to_list(100)
        scene.require(len(parked) == _FOLLOWING, f"{len(parked)} are parked, not {_FOLLOWING}")
    finally:
        await db.command("collMod", "people", validator={})
    subscription = next(one for one in spec("directory").subscriptions if one.topic is None)
    first = parked[0]
    mongo = scene.cluster.databases["directory"]
    done = await redrive(mongo, subscription, first["topic"], first["partition"], first["key"])
    scene.require(done == _FOLLOWING, f"{done} were redriven, not {_FOLLOWING}")
    found = await db.people.find_one({"_id": poisoned.id})
    last = scene.load.ledger.acknowledged[poisoned]
    scene.require(found and found["feed_version"] == last, "redriving has not restored the order")
    await scene.load.publish(poisoned)
    await scene.settled(within=10)
    # At the end, or what is parked would be lost to all that follows.
    later = took - usual
    scene.require(later < _DELAYED_SECONDS, f"others waited for {later:.1f} s more than without it")


async def _others_through(scene: Scene, others: Sequence[Employee], but: Employee | None = None) -> float:
    """Seconds until something new of each of them is known everywhere, whatever becomes of `but`."""
    began = scene.now()
    for who in others:
        await scene.load.publish(who)
    await scene.load.flush()
    if but:
        scene.load.ledger.unseen.pop(but, None)
    await scene.settled(within=10)
    return scene.now() - began


ROWS = (Row("poisoned-key", "other keys are not held up; redriving restores order", poison),)

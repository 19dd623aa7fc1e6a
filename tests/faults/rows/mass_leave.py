"""An agency's feed suddenly says that a third of it has left (D13)."""

from __future__ import annotations

from collections import Counter

from shared.contracts.topics import STAFF_PREFIX
from tests.faults.people import STAGE, Employee, message
from tests.faults.row import Row
from tests.faults.scene import Scene

_SHARE = 0.3
_FIRST_WITH_A_SEAT = 40


async def mass_leave(scene: Scene) -> None:
    """Held for the coordinator, whoever is killed meanwhile; what the feed takes back is as it was."""
    load, cluster = scene.load, scene.cluster
    agency = load.agencies[0]
    db = cluster.databases["directory"].db
    load.pace(0, 0)
    await scene.settled(within=60)
    at_work = {"agency": agency, "status": "active"}
    before = await db.people.count_documents(at_work)
    seats = await _seats(scene, agency)
    gone = _said_to_have_left(scene, agency, int(before * _SHARE))
    killed = cluster.of("directory")[0]
    killed.arm("transaction.written:2")
    for who in gone:
        load.ledger.tried[who] += 1
        value = message(who, load.ledger.tried[who], left=True)
        await load.send_raw(STAFF_PREFIX + agency, who.employee_id, value)
    await load.flush()

    async def died() -> bool:
        return killed.died

    await scene.until("the directory was killed over it", died, within=30)
    await cluster.all_ready()

    async def held() -> int:
        found = await db.mass_leaves.find({"agency": agency, "state": "open"}).to_list(10)
        return sum(one["held"] for one in found)

    async def accounted_for() -> int:
        return await held() + before - await db.people.count_documents(at_work)

    await scene.until("all of them are held", accounted_for, lambda n: n == len(gone), within=60)
    slipped = len(gone) - await held()
    scene.measured("held", await held())
    scene.measured("left before the brake", slipped)
    scene.require(slipped * 20 <= before, f"{slipped} of {before} left, more than one in twenty")
    scene.require(await _seats(scene, agency) == seats, "somebody lost a seat")
    # The feed was wrong: newer records have them all at work.
    for who in gone:
        await load.publish(who)
    await scene.settled(within=60)
    await scene.until("nothing is held any more", held, lambda n: n == 0, within=10)
    scene.require(await db.people.count_documents(at_work) == before, "not all are back")


def _said_to_have_left(scene: Scene, agency: str, count: int) -> list[Employee]:
    """Those with seats last: of the first, one in twenty may be gone before it is a mass leave."""
    seated = range(_FIRST_WITH_A_SEAT, STAGE)
    others = scene.rng.sample(range(STAGE, scene.load.staff), max(0, count - len(seated)))
    return [Employee(agency, number) for number in (*others, *seated)]


async def _seats(scene: Scene, agency: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for service, collection in (("events", "participants"), ("courses", "enrolments")):
        rows = scene.cluster.databases[service].db[collection].find({"agency": agency}, {"state": 1})
        async for row in rows:
            found[f"{collection} {row['state']}"] += 1
    return found


ROWS = (Row("mass-leave", "held for the coordinator; nobody's seat is touched", mass_leave),)

"""Everything comes again: each message three times, shuffled between keys, old versions after new; and all
topics once more from their beginning.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from agencynet.local import SERVICES
from shared import auth
from shared.consuming.rebuild import copies, rebuild
from shared.contracts.topics import NOTIFY_REQUESTS, STAFF_PREFIX
from shared.service import merge
from tests.faults import checks
from tests.faults.checks import spec
from tests.faults.people import message
from tests.faults.row import Row
from tests.faults.scene import Scene
from tests.faults.topics import records_of

# What a process notes for itself, or when: not what it knows.
_MARKS = frozenset({"held_at", "fenced_at", "republished_at"})
_READ_WITHIN = 900.0
_KNOWLEDGE = {
    "directory": ("people", "staff_records"),
    "events": ("people", "agencies", "participants"),
    "courses": ("people", "agencies", "enrolments"),
    "notify": ("people", "agencies"),
}


async def thrice(scene: Scene) -> None:
    """Requests exactly as they came; staff records in every version that was sent, the old after the new."""
    await _silence(scene)
    before, mails = await knowledge(scene), len(scene.cluster.mail.received)
    requests = [record async for record in records_of(scene.cluster.settings, NOTIFY_REQUESTS)]
    staff = [
        (STAFF_PREFIX + who.agency, who.employee_id, message(who, version, left=_left(scene, who, version)))
        for who, last in scene.load.ledger.tried.items()
        for version in range(1, last + 1)
    ]
    if scene.short:
        staff = scene.rng.sample(staff, min(len(staff), 1_000))
    for _ in range(2):
        scene.rng.shuffle(requests)
        scene.rng.shuffle(staff)
        for key, value in requests:
            await scene.load.send_raw(NOTIFY_REQUESTS.name, key, value)
        for topic, key, value in staff:
            await scene.load.send_raw(topic, key, value)
    await scene.load.flush()
    await read(scene, sent(scene))
    scene.measured("messages again", 2 * (len(requests) + len(staff)))
    await _is_as_before(scene, before, mails)


async def _silence(scene: Scene) -> None:
    """No load any more, and no mail that anything before has set off."""
    await scene.load.silence()
    await scene.settled(within=60)
    rows = scene.cluster.databases["notify"].db.notifications

    async def waiting() -> int:
        return await rows.count_documents({"state": {"$in": sorted(checks.WAITING)}})

    await scene.until("every mail is sent", waiting, lambda count: count == 0, within=60)


def _left(scene: Scene, who: Any, version: int) -> bool:
    return who in scene.load.ledger.left and version == scene.load.ledger.tried[who]


async def replay(scene: Scene) -> None:
    """Cursors go back to 0, and each copy is built again beside the old one, while the services run."""
    await _silence(scene)
    before, mails = await knowledge(scene), len(scene.cluster.mail.received)
    places = await _cursors(scene)
    for mongo in scene.cluster.databases.values():
        await mongo.db.cursors.update_many({"_id": {"$gt": ""}}, {"$set": {"next": 0}})
    await read(scene, places)
    await _is_as_before(scene, before, mails)
    built = 0
    for service in SERVICES:
        mongo, of = scene.cluster.databases[service], spec(service)
        indexes = merge(of.indexes, auth.INDEXES)
        for copy in copies(of.subscriptions):
            async for _ in rebuild(scene.cluster.settings, mongo, service, copy, indexes):
                pass
            built += 1
    await read(scene, places)
    scene.measured("copies rebuilt", built)
    # The first look has asked for one.
    await _is_as_before(scene, before, mails + 1)


async def _is_as_before(scene: Scene, before: dict[str, str], mails: int) -> None:
    await scene.settled(within=60)
    # What a repetition would have set off has had its time when a new mail has gone all the way.
    probe = await scene.load.tell(scene.load.known())
    await scene.settled(within=30)
    after, came = await knowledge(scene), len(scene.cluster.mail.received) - mails
    changed = sorted(name for name in before if before[name] != after[name])
    scene.require(not changed, f"{', '.join(changed)} are not as before")
    beside = scene.cluster.mail.received[mails:]
    subjects = sorted({one.mail["Subject"] for one in beside if probe not in one.message_id})
    scene.require(came == 1, f"{came - 1} mails were sent: {', '.join(subjects)}")


Places = dict[tuple[str, str, int], int]
"""Offsets, by service, topic and partition."""


def sent(scene: Scene) -> Places:
    """Where those who read it stand when they have read all that the load has sent."""
    readers = {
        topic: "notify" if topic == NOTIFY_REQUESTS.name else "directory" for topic, _ in scene.load.ends
    }
    return {(readers[topic], topic, number): end for (topic, number), end in scene.load.ends.items()}


async def read(scene: Scene, wanted: Places) -> float:
    """Until the services' cursors stand there; in seconds, of which even a slow machine has enough: how fast
    they read is not promised here. Raises Broken.
    """

    async def behind() -> list[str]:
        places = await _cursors(scene)
        return [
            f"{place}: {places.get(place)} of {end}"
            for place, end in wanted.items()
            if places.get(place, 0) < end
        ]

    return await scene.until("everything is read", behind, lambda found: not found, within=_READ_WITHIN)


async def _cursors(scene: Scene) -> Places:
    found: Places = {}
    for service, mongo in scene.cluster.databases.items():
        async for cursor in mongo.db.cursors.find({"_id": {"$gt": ""}}):
            topic, partition = cursor["_id"].split("/")[-2:]
            found[service, topic, int(partition)] = cursor["next"]
    return found


async def knowledge(scene: Scene) -> dict[str, str]:
    """A hash of what each collection says."""
    found: dict[str, str] = {}
    for service, collections in _KNOWLEDGE.items():
        for name in collections:
            digest = sha256()
            cursor = scene.cluster.databases[service].db[name].find({"_id": {"$gt": ""}}).sort("_id", 1)
            async for document in cursor:
                kept = {key: value for key, value in sorted(document.items()) if key not in _MARKS}
                digest.update(repr(kept).encode())
            found[f"{service}.{name}"] = digest.hexdigest()
    return found


ROWS = (
    Row("replay", "byte-equal state, 0 mails", replay, short=False),
    Row("thrice", "the same final hash, no mail", thrice),
)

"""What was acknowledged against what is there: in each database, on each state topic, among the mails."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from operator import attrgetter
from random import Random
from typing import Any

from aiokafka.partitioner import DefaultPartitioner

from agencynet.local import SERVICES
from shared.audit.verifying import verify
from shared.consuming.rebuild import copies
from shared.consuming.states import Copy, to_document
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS, Topic, staff_topic
from shared.contracts.types import Gone
from shared.service import Spec
from tests.faults.cluster import Cluster
from tests.faults.load import Load, Pending
from tests.faults.people import STAGE, Employee, title_of
from tests.faults.topics import latest, records_of

_FOLLOWERS = ("events", "courses", "notify", "portal")
# States of a mail from which it goes on without help.
WAITING = frozenset({"created", "deferred", "sending", "in_doubt"})
_PORTION = 1_000
_SHOWN = 5


def spec(service: str) -> Spec:
    return import_module(f"services.{service}.app").SPEC


def _portions(things: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(things), _PORTION):
        yield list(things[start : start + _PORTION])


async def probe(load: Load, rng: Random) -> Pending:
    """Something new on every partition of records and of requests: to see that it works, not how much."""
    chosen: list[Employee] = []
    for agency in load.agencies:
        people = [Employee(agency, number) for number in rng.sample(range(STAGE, load.staff), 60)]
        chosen += _on_each_partition(staff_topic(agency), people, attrgetter("employee_id"), 6)
    told = _on_each_partition(NOTIFY_REQUESTS, chosen, attrgetter("id"), 4)
    for who in chosen:
        await load.publish(who)
    requests = {await load.tell(who) for who in told}
    await load.flush()
    return Pending({who: load.ledger.acknowledged.get(who, 0) for who in chosen}, requests)


def _on_each_partition(
    topic: Topic, people: Sequence[Employee], key: Callable[[Employee], str], many: int
) -> list[Employee]:
    """So many for every partition, as the producer places them; fewer where there are no more."""
    place = DefaultPartitioner()
    partitions = list(range(topic.partitions))
    found: dict[int, list[Employee]] = {partition: [] for partition in partitions}
    for who in people:
        there = found[place(key(who).encode(), partitions, partitions)]
        if len(there) < many:
            there.append(who)
    return [who for there in found.values() for who in there]


async def missing(cluster: Cluster, load: Load, pending: Pending) -> list[str]:
    """What has not arrived yet of what was acknowledged when `pending` was taken; what has, leaves it."""
    late: list[str] = []
    for portion in _portions(list(pending.people)):
        written = await _versions(cluster, "directory", "feed_version", portion)
        unread = {who for who in portion if written.get(who.id, 0) < pending.people[who]}
        arrived = [who for who in portion if who not in unread]
        late += [f"{who.agency}/{who.number} in directory" for who in unread]
        own = await _versions(cluster, "directory", "version", arrived)
        for service in _FOLLOWERS:
            copied = await _versions(cluster, service, "version", arrived)
            behind = {who for who in arrived if copied.get(who.id, 0) < own[who.id]}
            late += [f"{who.agency}/{who.number} in {service}" for who in behind]
            arrived = [who for who in arrived if who not in behind]
        for who in arrived:
            load.ledger.saw(who, pending.people.pop(who))
    for portion in _portions(list(pending.requests)):
        wanted = {"_id": {"$in": portion}, "state": "sent"}
        rows = cluster.databases["notify"].db.notifications.find(wanted, {"_id": 1})
        sent = {row["_id"] async for row in rows}
        pending.requests -= sent
        load.ledger.unsent -= sent
    return late + [f"mail {id_}" for id_ in pending.requests]


async def _versions(cluster: Cluster, service: str, field: str, people: Sequence[Employee]) -> dict[str, int]:
    wanted = {"_id": {"$in": [who.id for who in people]}}
    found = cluster.databases[service].db.people.find(wanted, {field: 1})
    return {document["_id"]: document.get(field, 0) async for document in found}


async def everything(cluster: Cluster, load: Load, may_repeat: int) -> list[str]:
    """All that is wrong, in sentences; nothing when every promise was kept."""
    return [
        *await staff(cluster, load),
        *await states(cluster),
        *await mails(cluster, load, may_repeat),
        *await left_over(cluster),
        *await audits(cluster),
    ]


async def staff(cluster: Cluster, load: Load) -> list[str]:
    """The directory holds of everybody a version that was sent, whole, and none before the acknowledged."""
    wrong: list[str] = []
    for portion in _portions(list(load.ledger.tried)):
        wanted = {"_id": {"$in": [who.id for who in portion]}}
        found = cluster.databases["directory"].db.people.find(wanted, {"feed_version": 1, "title": 1})
        people = {document["_id"]: document async for document in found}
        for who in portion:
            acknowledged, document = load.ledger.acknowledged.get(who, 0), people.get(who.id)
            version = document["feed_version"] if document else 0
            if not acknowledged <= version <= load.ledger.tried[who]:
                wrong.append(
                    f"{who.agency}/{who.number}: {acknowledged} was acknowledged, {version} is there"
                )
            elif document and document["title"] != title_of(version):
                wrong.append(f"{who.agency}/{who.number}: version {version} is torn")
    return _some("staff records", wrong)


async def states(cluster: Cluster) -> list[str]:
    """Each state topic read from 0 says of every entity what its owner's database says, and so does each copy
    that others keep.
    """
    wrong: list[str] = []
    specs = [spec(service) for service in SERVICES]
    for owner in specs:
        for source in owner.sources:
            told, backwards = await latest(cluster.settings, source.topic)
            wrong += _some(f"{source.topic.name} goes back to an older version", backwards)
            own: dict[str, Any] = {}
            async for document in cluster.databases[owner.name].db[source.collection].find({}):
                state = source.state(document)
                if state is not None:
                    own[state.id] = state
            wrong += _differences(f"{source.topic.name} against {owner.name}.{source.collection}", told, own)
            for follower in specs:
                for copy in copies(follower.subscriptions):
                    if copy.topic is source.topic:
                        wrong += await _copied(cluster, follower.name, copy, told)
    return wrong


async def _copied(cluster: Cluster, service: str, copy: Copy[Any], told: dict[str, Any]) -> list[str]:
    documents = cluster.databases[service].db[copy.collection].find({})
    kept = {document["_id"]: document async for document in documents}
    # What is gone leaves a marker, which a copy that never saw it has no need of.
    wanted = {id_: to_document(copy.kept(state)) for id_, state in told.items()}
    return _differences(f"{service}.{copy.collection} against {copy.topic.name}", kept, wanted)


async def compacted(cluster: Cluster) -> tuple[int, int, int]:
    """How many people there are, states of them were announced, and states their topic still holds."""
    kept = 0
    async for _ in records_of(cluster.settings, DIRECTORY_PEOPLE):
        kept += 1
    people = cluster.databases["directory"].db.people
    total = [
        {"$match": {"_id": {"$gt": ""}}},
        {"$group": {"_id": None, "people": {"$sum": 1}, "versions": {"$sum": "$version"}}},
    ]
    counted = await people.aggregate(total).to_list(1)
    return (counted[0]["people"], counted[0]["versions"], kept) if counted else (0, 0, kept)


def _differences(what: str, found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    lost = [f"{id_} is missing" for id_ in wanted.keys() - found.keys()]
    extra = [f"{id_} is too many" for id_ in found.keys() - wanted.keys()]
    other = [f"{id_} differs" for id_ in wanted.keys() & found.keys() if not _same(found[id_], wanted[id_])]
    return _some(what, lost + extra + other)


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, dict):
        # A service may keep marks of its own beside what it was told.
        return all(_plain(found.get(name)) == _plain(value) for name, value in wanted.items())
    if isinstance(found, Gone) or isinstance(wanted, Gone):
        return type(found) is type(wanted) and found.version == wanted.version
    return found == wanted


def _plain(value: Any) -> Any:
    """As MongoDB gives it back: days as text, tuples as lists."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") and not hasattr(value, "hour") else value


async def mails(cluster: Cluster, load: Load, may_repeat: int) -> list[str]:
    """Everybody is told once: what notify calls sent has come, nothing else has, and twice only where nobody
    could know.
    """
    rows: dict[str, str] = {}
    stuck: list[str] = []
    fields = {"state": 1, "message_id": 1, "reason": 1}
    async for row in cluster.databases["notify"].db.notifications.find({}, fields):
        rows[row["_id"]] = row["state"]
        refused = row["state"] == "failed" and row["_id"] not in load.ledger.refused
        if row["state"] in WAITING or refused:
            stuck.append(f"{row['_id']} is {row['state']} {row['reason']}")
    came: defaultdict[str, list[bytes]] = defaultdict(list)
    for mail in cluster.mail.received:
        came[mail.message_id].append(mail.content)
    sent = {id_ for id_, state in rows.items() if state == "sent"}
    ids = {mail.notification for mail in cluster.mail.received}
    wrong = [f"{id_} was acknowledged and is {rows.get(id_)}" for id_ in load.ledger.requests - sent]
    wrong += stuck
    wrong += [f"{id_} is called sent and never came" for id_ in sent - ids]
    wrong += [f"{id_} came and is {rows.get(id_)}" for id_ in ids - sent]
    again = {message_id: contents for message_id, contents in came.items() if len(contents) > 1}
    wrong += [f"{id_} came {len(contents)} times" for id_, contents in again.items() if len(contents) > 2]
    wrong += [
        f"{id_} came again, but not the same" for id_, contents in again.items() if len(set(contents)) > 1
    ]
    if len(again) > may_repeat:
        wrong.append(f"{len(again)} mails came twice, at most {may_repeat} were undecidable")
    return _some("mails", wrong)


async def left_over(cluster: Cluster) -> list[str]:
    """Nothing waits in an outbox and nothing has failed on our side."""
    wrong: list[str] = []
    for service, mongo in cluster.databases.items():
        if rows := await mongo.db.outbox.count_documents({}):
            wrong.append(f"{service}: {rows} rows are still in the outbox")
        failed = await mongo.db.parked.find({"kind": "failed"}, {"reason": 1}).to_list(100)
        if failed:
            wrong.append(f"{service}: failed {dict(Counter(row['reason'] for row in failed))}")
    return wrong


async def audits(cluster: Cluster) -> list[str]:
    """What was done is sealed, and no chain is broken: killed in the middle of a seal, all of it or none."""
    reports = [await verify(mongo.db, service) for service, mongo in cluster.databases.items()]
    broken = {each.service: each.broken for each in reports if each.broken}
    wrong = [f"{service}: batch {found.batch} {found.why}" for service, found in broken.items()]
    if not any(report.entries for report in reports):
        wrong.append("nothing is sealed, although agencies have joined")
    return _some("the audit", wrong)


def _some(what: str, wrong: Sequence[str]) -> list[str]:
    if not wrong:
        return []
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return [f"{what}: {'; '.join(wrong[:_SHOWN])}{more}"]

"""O2: an audit entry is there with its act or not at all; sealed, nobody changes it unseen."""

import asyncio
import hashlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from shared import failpoints
from shared.audit import actors, entries, sealing
from shared.audit.chain import NOTHING, Anchor
from shared.audit.verifying import Break, Report, verify
from shared.mongo import Document, Mongo, Transaction
from shared.running import succession
from shared.settings import ServiceSettings

ACTS = 7
Tamper = Callable[[Any], Awaitable[object]]


@pytest.fixture
async def mongo(settings: ServiceSettings) -> AsyncIterator[Mongo]:
    mongo = Mongo(settings.model_copy(update={"instance": "tests"}), "directory")
    await mongo.prepare({**entries.INDEXES, "leases": []})
    yield mongo
    mongo.close()


async def act(mongo: Mongo, n: int, person: str | None = None) -> None:
    async def work(tx: Transaction) -> None:
        await entries.record(tx, "thing.changed", agency="csn", thing=f"thing/{n}", person=person, n=n)

    await mongo.transact(work)


async def three_batches(mongo: Mongo) -> Report:
    """Of 7, 1 and 7 entries."""
    for size in (ACTS, 1, ACTS):
        for n in range(size):
            await act(mongo, n)
        await sealing.seal_all(mongo)
    return await checked(mongo)


async def checked(mongo: Mongo, *anchors: Anchor) -> Report:
    return await verify(mongo.db, "directory", anchors)


async def test_a_chain_that_nobody_touched_is_whole_and_says_what_was_checked(mongo: Mongo) -> None:
    report = await three_batches(mongo)
    assert report.head is not None
    assert (report.batches, report.entries, report.pending, report.broken) == (3, 2 * ACTS + 1, 0, None)
    await act(mongo, 99)
    again = await checked(mongo, report.head, Anchor("events", 9, "of another chain"))
    assert (again.anchors, again.pending, again.head, again.broken) == (1, 1, report.head, None)


async def test_a_chain_without_a_seal_is_whole(mongo: Mongo) -> None:
    report = await checked(mongo)
    assert (report.batches, report.head, report.broken) == (0, None, None)


async def test_the_documented_bytes_are_enough_to_check_a_seal_without_our_code(mongo: Mongo) -> None:
    await act(mongo, 1, "någon")
    await sealing.seal_all(mongo)
    entry, seal = await mongo.db.audit.find_one({"batch": 1}), await sealing.last_seal(mongo.db)
    assert entry is not None
    assert seal is not None

    def sha256(document: Document, *instants: str) -> str:
        plain = {name: value for name, value in document.items() if name != "sha256"}
        for name in instants:
            moment = plain[name]
            plain[name] = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    assert (seal["previous"], seal["entries"]) == (NOTHING, [sha256(entry, "at")])
    assert seal["sha256"] == sha256(seal, "sealed_at")


def entry(batch: int, place: int) -> Document:
    return {"batch": batch, "place": place}


async def _forge_entry(db: Any) -> None:
    """With its own batch sealed again to match."""
    await db.audit.update_one(entry(2, 0), {"$set": {"act": "thing.left_alone"}})
    await _seal_anew(db, 2)


async def _seal_anew(db: Any, n: int) -> None:
    from shared.audit.chain import digest

    found = await db.audit.find({"batch": n}).sort("place").to_list(None)
    seal = await db.audit_seals.find_one({"_id": n})
    seal["entries"] = [digest(each) for each in found]
    seal["sha256"] = digest(seal)
    await db.audit_seals.replace_one({"_id": n}, seal)


async def _copy(db: Any, **changes: Any) -> None:
    found = await db.audit.find_one(entry(3, 2))
    await db.audit.insert_one({**found, "_id": "forged", **changes})


async def _swap(db: Any) -> None:
    await db.audit.update_one(entry(3, 2), {"$set": {"place": 99}})
    await db.audit.update_one(entry(3, 3), {"$set": {"place": 2}})
    await db.audit.update_one(entry(3, 99), {"$set": {"place": 3}})


TAMPERED: dict[str, tuple[Tamper, Break]] = {
    "an entry's act": (
        lambda db: db.audit.update_one(entry(3, 2), {"$set": {"act": "x"}}),
        Break(3, "an entry was changed", 2),
    ),
    "who did it": (
        lambda db: db.audit.update_one(entry(1, 0), {"$set": {"by.kind": "operator"}}),
        Break(1, "an entry was changed", 0),
    ),
    "an integer made a fraction": (
        lambda db: db.audit.update_one(entry(1, 1), {"$set": {"details.n": 1.0}}),
        Break(1, "an entry was changed", 1),
    ),
    "a field more": (
        lambda db: db.audit.update_one(entry(1, 6), {"$set": {"excuse": "x"}}),
        Break(1, "an entry was changed", 6),
    ),
    "an entry removed": (lambda db: db.audit.delete_one(entry(3, 2)), Break(3, "an entry is missing", 2)),
    "a batch's last entry removed": (
        lambda db: db.audit.delete_one(entry(3, 6)),
        Break(3, "an entry is missing", 6),
    ),
    "a batch's entries removed": (
        lambda db: db.audit.delete_many({"batch": 2}),
        Break(2, "an entry is missing", 0),
    ),
    "an entry inserted at another's place": (_copy, Break(3, "an entry was inserted", 3)),
    "an entry put after a batch": (
        lambda db: _copy(db, place=7),
        Break(3, "an entry was inserted", 7),
    ),
    "an entry in no batch": (
        lambda db: _copy(db, batch=None),
        Break(1, "an entry was inserted", 0),
    ),
    "an entry between two batches": (
        lambda db: _copy(db, batch=2.5, place=0),
        Break(3, "an entry was inserted", 0),
    ),
    "an entry in a batch to come": (
        lambda db: _copy(db, batch=4, place=0),
        Break(4, "has an entry and no seal"),
    ),
    "two entries swapped": (_swap, Break(3, "an entry was changed", 2)),
    "an entry of a batch that was sealed anew": (
        _forge_entry,
        Break(3, "follows another batch 2 than there is"),
    ),
    "a seal's time": (
        lambda db: db.audit_seals.update_one({"_id": 2}, {"$currentDate": {"sealed_at": True}}),
        Break(2, "its seal was changed"),
    ),
    "a seal removed": (lambda db: db.audit_seals.delete_one({"_id": 2}), Break(2, "is missing")),
    "the first batch removed": (lambda db: _cut(db, 1), Break(1, "is missing")),
    "a seal removed and its entries kept": (
        lambda db: db.audit_seals.delete_one({"_id": 3}),
        Break(3, "has an entry and no seal"),
    ),
}


async def _cut(db: Any, n: int) -> None:
    """A whole batch, as somebody would who knows how."""
    await db.audit_seals.delete_one({"_id": n})
    await db.audit.delete_many({"batch": n})


@pytest.mark.parametrize("what", TAMPERED)
async def test_what_was_tampered_with_is_found_and_the_first_place_named(mongo: Mongo, what: str) -> None:
    await three_batches(mongo)
    tamper, expected = TAMPERED[what]
    await tamper(mongo.db)
    found = (await checked(mongo)).broken
    assert found is not None
    assert (found.batch, found.why, found.place) == (expected.batch, expected.why, expected.place)
    assert bool(found.entry) == ("an entry" in found.why and "missing" not in found.why)


async def test_a_tail_cut_off_shows_by_an_anchor_alone(mongo: Mongo) -> None:
    report = await three_batches(mongo)
    assert report.head is not None
    await _cut(mongo.db, 3)
    assert (await checked(mongo)).broken is None, "a shorter chain is a chain"
    cut = await checked(mongo, report.head)
    assert cut.broken == Break(3, "is named by an anchor, and the chain ends at batch 2")


async def test_a_chain_made_anew_shows_by_an_anchor_alone(mongo: Mongo) -> None:
    report = await three_batches(mongo)
    assert report.head is not None
    await mongo.db.audit_seals.delete_many({"_id": {"$gt": 0}})
    await mongo.db.audit.delete_many({"batch": {"$gt": 0}})
    await three_batches(mongo)
    assert (await checked(mongo)).broken is None
    assert (await checked(mongo, report.head)).broken == Break(3, "is another than the anchor names")


async def test_an_act_that_fails_leaves_no_entry(mongo: Mongo) -> None:
    async def work(tx: Transaction) -> None:
        await entries.record(tx, "thing.changed", agency="csn", person="p")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await mongo.transact(work)
    assert await mongo.db.audit_pending.find_one({"_id": {"$gt": ""}}) is None
    assert await mongo.db.audit_people.find_one({"_id": "p"}) is None


async def test_many_who_seal_at_once_make_one_chain_with_every_entry_once(mongo: Mongo) -> None:
    """A lease saves them the work; here nobody holds one, as when a process was stopped and resumed."""
    acts = [act(mongo, n, f"person {n % 3}") for n in range(60)]

    async def seal_again_and_again() -> None:
        for _ in range(10):
            await sealing.seal_all(mongo)
            await asyncio.sleep(0.005)

    await asyncio.gather(*acts, *(seal_again_and_again() for _ in range(4)))
    await sealing.seal_all(mongo)
    report = await checked(mongo)
    assert (report.entries, report.pending, report.broken) == (60, 0, None)
    assert report.batches > 1
    found = await mongo.db.audit.find({"batch": {"$gt": 0}}).to_list(None)
    assert len({each["details"]["n"] for each in found}) == 60
    assert len({each["person"] for each in found}) == 3


_SEAL = """
import asyncio
from shared.audit import sealing
from shared.mongo import Mongo
from shared.settings import ServiceSettings
asyncio.run(sealing.seal_all(Mongo(ServiceSettings(), "directory")))
"""


@pytest.mark.parametrize("point", ["transaction.due", "transaction.written", "transaction.committed"])
async def test_a_process_killed_while_sealing_leaves_a_whole_chain(
    mongo: Mongo, settings: ServiceSettings, point: str
) -> None:
    await three_batches(mongo)
    for n in range(ACTS):
        await act(mongo, n)
    environment = {
        **os.environ,
        failpoints.VARIABLE: point,
        "AGENCYNET_MONGODB": settings.mongodb,
        "AGENCYNET_NAMESPACE": settings.namespace,
        "AGENCYNET_INSTANCE": "tests",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _SEAL, env=environment)
    assert await process.wait() == -signal.SIGKILL
    assert (await checked(mongo)).broken is None
    await succession.end_transactions(mongo)
    await sealing.seal_all(mongo)
    report = await checked(mongo)
    assert (report.batches, report.entries, report.broken) == (4, 3 * ACTS + 1, None)


async def test_somebody_erased_is_told_by_no_entry_and_the_chain_is_whole(mongo: Mongo) -> None:
    """O1 and O2 together."""
    with actors.acting(actors.Actor("person", "csn", "person-9")):
        await act(mongo, 1, "person-9")
        await act(mongo, 2, "person-8")
    await sealing.seal_all(mongo)
    mine, of_another = await entries.about(mongo.db, "person-9"), await entries.about(mongo.db, "person-8")
    assert mine[0]["by"] == {"kind": "self", "agency": "csn"}
    assert of_another[0]["by"] == {"kind": "person", "agency": "csn", "person_id": "person-9"}
    await mongo.db.audit_people.delete_one({"_id": "person-8"})
    kept = await mongo.db.audit.find({"batch": 1}).to_list(None)
    assert "person-8" not in str(kept)
    assert await entries.about(mongo.db, "person-8") == []
    assert (await checked(mongo)).broken is None


async def test_only_the_service_that_erases_people_may_say_whom_an_act_was_about(
    settings: ServiceSettings,
) -> None:
    """O1: an alias that nobody takes away would lead to the erased for good."""
    mongo = Mongo(settings, "courses")
    await mongo.prepare(entries.INDEXES)
    with pytest.raises(ValueError, match="courses writes of a person"):
        await act(mongo, 1, "person-8")
    await act(mongo, 1)
    assert await mongo.db.audit_people.count_documents({}) == 0
    assert await mongo.db.audit_pending.count_documents({}) == 1
    mongo.close()


def test_an_anchor_reads_as_it_is_written() -> None:
    anchor = Anchor("courses", 12, "ab" * 32)
    assert Anchor.parse(str(anchor)) == anchor
    with pytest.raises(ValueError, match="unpack"):
        Anchor.parse("courses")

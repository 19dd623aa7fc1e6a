"""People: merged from two owners' fields, announced as far as others may see them."""

from asyncio import gather
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from services.directory.handlers import history, lone, visibility
from services.directory.rules.fields import OWN_FIELDS
from services.directory.rules.groups import VisibilityChanged
from services.directory.rules.history import FEED, WORDS, Author, Edit
from services.directory.rules.lone import RolesChanged
from services.directory.rules.merging import Feed, codes, merge
from services.directory.store import agencies, people, profiles
from shared import outbox, trace
from shared.contracts.envelope import Trace
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.errors import Invalid, NotFound
from shared.mongo import Database, Document, Mongo, Transaction
from shared.web.fields import now_ms

_PORTION = 500
_NEW: Document = {"version": 0, "deleted": False, "public": False, "protected": True, "groups": [], "own": {}}
# What others never see, and so never hear that it changed.
_INTERNAL = frozenset({"feed_version", "employee_id", "unmapped", "corrected"})
_NOBODY: frozenset[str] = frozenset()


class Merge(NamedTuple):
    """One person before, and what their record and their own words are now; `corrected` where the accepted
    corrections change as well.
    """

    person_id: str
    before: Document | None
    record: StaffRecord
    own: Mapping[str, Any]
    cause: Trace
    by: Author = FEED
    corrected: Mapping[str, Any] | None = None


async def load_feed(db: Database, agency: str) -> Feed:
    """How this agency's records are read. Read beside the transaction: what changes here leads to a new
    merge of all the agency's people anyway.

    Raises:
        NotFound: the network has no such agency.
    """
    document, words = await gather(agencies.find(db, agency), agencies.words(db, agency))
    if document is None:
        raise NotFound(f"there is no agency {agency} in the network")
    return Feed(agency, document["protection"], words, leaves_held=document.get("leaves_held", False))


async def merge_and_save(
    tx: Transaction, feed: Feed, merges: Iterable[Merge], now: datetime
) -> list[Document]:
    """Merge, keep and announce those who really changed; returns them. At most one merge a person."""
    new: list[Document] = []
    changed: list[Document] = []
    roles: list[RolesChanged] = []
    seen: list[VisibilityChanged] = []
    edits: list[Edit] = []
    for each in merges:
        before = each.before
        after = _after(each, feed, now)
        if after is None:
            continue
        (new if before is None else changed).append(after)
        if before is None or (after["version"] > before["version"] and not (_gone(before) and _gone(after))):
            announce_person(tx, after, each.cause)
        if before is not None and after["version"] > before["version"]:
            edits.append(Edit(before, after, each.by, each.cause))
        was, is_ = before is not None and _visible(before), _visible(after)
        held_before = _codes(before) if before and was else _NOBODY
        held_after = _codes(after) if is_ else _NOBODY
        if held_before != held_after:
            roles.append(RolesChanged(feed.agency, each.person_id, held_before, held_after, each.cause))
        if was != is_ and before is not None:
            seen.append(VisibilityChanged(each.person_id, after["groups"], is_, each.cause))
    await people.save(tx, new, changed)
    if edits:
        await history.note(tx, edits, now)
    if roles:
        await lone.review(tx, roles, now)
    if seen:
        await visibility.follow_people(tx, seen)
    return [*new, *changed]


def _after(each: Merge, feed: Feed, now: datetime) -> Document | None:
    """The person's next version, or None where nothing changes."""
    before = each.before or _NEW
    corrected = each.corrected if each.corrected is not None else before.get("corrected")
    merged = merge(each.record, each.own, feed, corrected)
    if each.before is not None and before["own"] == each.own and merged.items() <= before.items():
        return None
    after = {**before, **merged, "_id": each.person_id, "own": dict(each.own)}
    if all(before.get(name) == value for name, value in merged.items() if name not in _INTERNAL):
        return after
    after["version"] = before["version"] + 1
    after["public"] = before["public"] or _visible(after)
    if not _gone(after):
        after.pop("gone_at", None)
    elif not _gone(before):
        # Their tombstone follows when they have been gone for a week (shared/states.py).
        after["gone_at"] = now_ms(now)
    return after


def _visible(document: Document) -> bool:
    return document["status"] == "active" and not document["protected"]


def _gone(document: Document) -> bool:
    return document["public"] and document["protected"]


def _codes(document: Document) -> frozenset[str]:
    return codes((*document["roles"], *document["assignments"]))


def announce_person(tx: Transaction, document: Document, cause: Trace | None = None) -> None:
    """Nothing is heard of those whom others never saw."""
    if (fields := people.public_fields(document)) is not None:
        outbox.announce_fields(tx, DIRECTORY_PEOPLE, document["_id"], document["version"], fields, cause)


async def write_own(
    tx: Transaction, person_id: str, changes: Mapping[str, Any], by: Author, now: datetime
) -> Document:
    """What the person writes about themselves; None gives the field back to the feed. Returns the person.

    Raises:
        NotFound: there is no such person.
        Invalid: a field that is the agency's to write.
    """
    if foreign := sorted(set(changes) - OWN_FIELDS):
        raise Invalid(**dict.fromkeys(foreign, "is your agency's to change, in its own system"))
    before = (await profiles.load_many(tx, [person_id])).get(person_id)
    if before is None:
        raise NotFound("There is no such person.")
    own = {name: value for name, value in {**before["own"], **changes}.items() if value is not None}
    feed = await load_feed(tx.db, before["agency"])
    record = (await load_records(tx, [person_id]))[person_id]
    saved = await merge_and_save(tx, feed, [Merge(person_id, before, record, own, trace.current(), by)], now)
    return saved[0] if saved else before


async def load_records(tx: Transaction, ids: Iterable[str]) -> dict[str, StaffRecord]:
    documents = await people.load_records(tx, ids)
    return {
        id_: StaffRecord.model_validate(document["record"], strict=False)
        for id_, document in documents.items()
    }


async def remerge_agency(mongo: Mongo, agency: str) -> int:
    """Read all of an agency's records again, after its words or its way of protecting changed; returns how
    many people that changed. Idempotent.
    """
    total = 0
    async for ids in people.ids_of_agency(mongo, agency, _PORTION):
        total += await mongo.transact(lambda tx, ids=ids: _remerge(tx, agency, ids))
    return total


async def _remerge(tx: Transaction, agency: str, ids: Sequence[str]) -> int:
    feed = await load_feed(tx.db, agency)
    before, records = await profiles.load_many(tx, ids), await load_records(tx, ids)
    merges = [
        Merge(id_, before[id_], records[id_], before[id_]["own"], trace.current(), WORDS)
        for id_ in ids
        if id_ in records
    ]
    return len(await merge_and_save(tx, feed, merges, datetime.now(UTC)))

"""People: merged from two owners' fields, announced as far as others may see them."""

from asyncio import gather
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from services.directory.agencies.handlers import coordinating
from services.directory.agencies.store import agencies
from services.directory.days import midnight, today
from services.directory.people import refusals
from services.directory.people.handlers import claims, history
from services.directory.people.models import Turn
from services.directory.people.rules.days import has_dated_roles, held_codes, next_turn
from services.directory.people.rules.facts import (
    Fact,
    PersonEdited,
    RolesChanged,
    facts,
)
from services.directory.people.rules.fields import OWN_FIELDS
from services.directory.people.rules.history import FEED, WORDS, Author
from services.directory.people.rules.merging import Feed, merge
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import people, profiles, turns
from shared.audit import entries as audit
from shared.contracts.envelope import Trace
from shared.contracts.staff import StaffRecord, read_kept
from shared.contracts.topics import DIRECTORY_PEOPLE, SUPERSEDED_FOR
from shared.errors import Invalid
from shared.moments import now_ms
from shared.mongo import Database, Document, Mongo, Transaction
from shared.observing import trace
from shared.publishing import outbox
from shared.refusals import NoSuchAgency, NoSuchPerson
from shared.running.turns import fairly

_PORTION = 500
_NEW: Document = {"version": 0, "deleted": False, "public": False, "protected": True, "groups": [], "own": {}}
# What others never see, and so never hear that it changed.
_INTERNAL = frozenset({"feed_version", "employee_id", "unmapped", "corrected", "record"})
# When what was said of somebody last is in a segment that the next record closes.
_ONCE_MORE_AFTER = SUPERSEDED_FOR + timedelta(seconds=2)


class Merge(NamedTuple):
    """One person before, and what their record and their own words are now; `corrected` where the accepted
    corrections change as well, `kept` where the record is another than before: as it came.
    """

    person_id: str
    before: Document | None
    record: StaffRecord
    own: Mapping[str, Any]
    cause: Trace
    by: Author = FEED
    corrected: Mapping[str, Any] | None = None
    kept: bytes | None = None
    marks: Mapping[str, Any] = MappingProxyType({})
    """What is kept beside the record: by which door it came, and its version there."""


async def load_feed(db: Database, agency: str) -> Feed:
    """How this agency's records are read. Read beside the transaction: what changes here leads to a new
    merge of all the agency's people anyway.

    Raises:
        NotFound: the network has no such agency.
    """
    document, words = await gather(agencies.find(db, agency), agencies.words(db, agency))
    if document is None:
        raise NoSuchAgency(f"there is no agency {agency} in the network")
    return Feed(agency, document["protection"], words, leaves_held=document.get("leaves_held", False))


async def merge_and_save(
    tx: Transaction, feed: Feed, merges: Iterable[Merge], now: datetime
) -> list[Document]:
    """Merge, keep and announce those who really changed; returns them. At most one merge a person. The other
    nouns react in the same transaction.
    """
    new: list[Document] = []
    changed: list[Document] = []
    changes = _Changes(feed.agency, today(now))
    merges = list(merges)
    named = {each.record.manager_employee_id or "" for each in merges} - {""}
    managers = await people.current_ids(tx, feed.agency, named) if named else {}
    async for each in fairly(merges):
        before = each.before
        after = _after(each, feed, managers, now)
        if after is None:
            continue
        (new if before is None else changed).append(after)
        if before is None or (after["version"] > before["version"] and not (_gone(before) and _gone(after))):
            announce_person(tx, after, each.cause)
        changes.note(each, after)
    await people.save(tx, new, changed)
    await changes.follow(tx, now)
    await tx.react(changes.facts, now)
    return [*new, *changed]


class _Changes:
    """What became of a batch of people: facts that others react to, and what follows here."""

    def __init__(self, agency: str, day: date) -> None:
        self._agency = agency
        self._day = day
        self.facts: list[Fact] = []
        self._turns: list[Turn] = []
        self._gone: list[str] = []
        self._addressed: list[tuple[str, str]] = []
        self._new_words = False

    def note(self, merged: Merge, after: Document) -> None:
        before = merged.before
        self.facts.extend(facts(before, after, merged.by, merged.cause, self._day))
        known = before["unmapped"] if before else ()
        self._new_words |= is_visible(after) and any(word not in known for word in after["unmapped"])
        if is_visible(after) and after["email"] and not _had(before, after["email"]):
            self._addressed.append((merged.person_id, after["email"]))
        if before is not None and _gone(after) and not _gone(before):
            self._gone.append(merged.person_id)
        if has_dated_roles(after) or (before is not None and has_dated_roles(before)):
            self._turns.append(_turn(after, self._day))

    async def follow(self, tx: Transaction, now: datetime) -> None:
        if edits := [fact for fact in self.facts if isinstance(fact, PersonEdited)]:
            await history.note(tx, edits, now)
        if self._gone:
            await plan_last_words(tx, self._gone, now)
        if self._new_words:
            await coordinating.plan(tx, self._agency, now)
        if self._turns:
            await turns.plan_turns(tx, self._turns)
        if self._addressed:
            await claims.note(tx, self._agency, self._addressed, now)


def _had(before: Document | None, email: str) -> bool:
    return before is not None and is_visible(before) and before["email"] == email


def _after(each: Merge, feed: Feed, managers: Mapping[str, str], now: datetime) -> Document | None:
    """The person's next version, or None where nothing changes."""
    before = each.before or _NEW
    corrected = each.corrected if each.corrected is not None else before.get("corrected")
    merged = merge(each.record, each.own, feed, corrected)
    if (manager := merged["manager_id"]) in managers:
        merged["manager_id"] = managers[manager]
    if each.kept is not None:
        merged["record"] = each.kept
    if each.before is not None and before["own"] == each.own and merged.items() <= before.items():
        return None
    after = {**before, **merged, **each.marks, "_id": each.person_id, "own": dict(each.own)}
    if all(before.get(name) == value for name, value in merged.items() if name not in _INTERNAL):
        return after
    after["version"] = before["version"] + 1
    # Public from the first time that others may see them.
    after["public"] = before["public"] or is_visible({**after, "public": True})
    if not _gone(after):
        after.pop("gone_at", None)
    elif not _gone(before):
        # Their tombstone follows when they have been gone for a week (shared/consuming/states.py).
        after["gone_at"] = now_ms(now)
    return after


def _gone(document: Document) -> bool:
    return document["public"] and document["protected"]


def _turn(document: Document, day: date) -> Turn:
    turn = next_turn(document, day)
    return Turn(document["_id"], midnight(turn) if turn else None, day)


async def turn_roles(tx: Transaction, person_id: str, since: str, now: datetime) -> None:
    """A role begins or ends today, without a record: announced, so that everybody looks at the person again,
    and whoever is alone in it from today is found. `since` is the day on which that was looked at last.
    """
    person = (await profiles.load_many(tx, [person_id])).get(person_id)
    if person is None:
        return
    before, after = date.fromisoformat(since), today(now)
    await turns.plan_turns(tx, [_turn(person, after)])
    person.update(version=person["version"] + 1, roles_turned_on=after.isoformat())
    await people.save(tx, [], [person])
    announce_person(tx, person, trace.current())
    if is_visible(person):
        was, is_ = held_codes(person, before), held_codes(person, after)
        await tx.react([RolesChanged(person["agency"], person_id, was, is_, trace.current())], now)


def announce_person(tx: Transaction, document: Document, cause: Trace | None = None) -> None:
    """Nothing is heard of those whom others never saw."""
    if (fields := people.public_fields(document)) is not None:
        outbox.announce_fields(tx, DIRECTORY_PEOPLE, document["_id"], document["version"], fields, cause)


async def plan_last_words(tx: Transaction, people: Iterable[str], now: datetime) -> None:
    """Whom others may not see any more is announced as gone once more, a little later: nothing else may come
    to that partition for days, and until then Kafka keeps what they were called (docs/decisions/0018).
    """
    await turns.plan_last_words(tx, people, now_ms(now + _ONCE_MORE_AFTER))


async def say_last_words(tx: Transaction, person_id: str, _now: datetime) -> None:
    """Nothing happens if they may be seen again: that is newer, too."""
    person = (await profiles.load_many(tx, [person_id])).get(person_id)
    if person is not None and _gone(person):
        # Written as well, so that no other version passes this one on its way.
        await people.save(tx, [], [person])
        announce_person(tx, person)


async def write_own(
    tx: Transaction, person_id: str, changes: Mapping[str, Any], by: Author, now: datetime
) -> Document:
    """What the person writes about themselves; None gives the field back to the feed. Returns the person.

    Raises:
        NotFound: there is no such person.
        Invalid: a field that is the agency's to write.
    """
    if foreign := sorted(set(changes) - OWN_FIELDS):
        raise Invalid(**dict.fromkeys(foreign, refusals.IsForAgencysSystem()))
    before = (await profiles.load_many(tx, [person_id])).get(person_id)
    if before is None:
        raise NoSuchPerson
    own = {name: value for name, value in {**before["own"], **changes}.items() if value is not None}
    feed = await load_feed(tx.db, before["agency"])
    record = (await load_records(tx, [person_id])).get(person_id)
    if record is None:
        # Erased: a marker of them stays, and nobody writes on that.
        raise NoSuchPerson
    saved = await merge_and_save(tx, feed, [Merge(person_id, before, record, own, trace.current(), by)], now)
    if saved and by.is_colleague:
        about = {"agency": before["agency"], "person": person_id, "fields": sorted(changes)}
        await audit.record(tx, "person.changed", **about)
    return saved[0] if saved else before


async def load_records(tx: Transaction, ids: Iterable[str]) -> dict[str, StaffRecord]:
    documents = await people.load_records(tx, ids)
    return {id_: read_kept(document["record"]) for id_, document in documents.items()}


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

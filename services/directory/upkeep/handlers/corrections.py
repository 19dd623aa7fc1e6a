"""Anyone proposes a correction; the coordinator of the person's agency decides (D8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.directory.agencies.handlers import coordinating
from services.directory.people.handlers.people import Merge, load_feed, load_records, merge_and_save
from services.directory.people.rules.facts import VisibilityChanged
from services.directory.people.rules.fields import OWN_FIELDS
from services.directory.people.rules.history import Author
from services.directory.people.rules.merging import merge
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.telling import tell
from services.directory.upkeep import refusals, rules
from services.directory.upkeep.store import corrections as store
from shared.audit import entries as audit
from shared.auth import Caller
from shared.contracts.community import PeerLine
from shared.contracts.profiles import CorrectionDecided
from shared.moments import now_ms
from shared.mongo import Document, Transaction
from shared.observing import trace
from shared.refusals import IsForCoordinators, NoSuchPerson


async def propose(
    tx: Transaction,
    correction_id: str,
    person: Document,
    caller: Caller,
    said: Mapping[str, Any],
    now: datetime,
) -> Document:
    """
    Raises:
        Conflict: as many wait about this person as anybody will look at.

    """
    if await store.is_full(tx, person["_id"]):
        raise refusals.TooManyCorrections
    document: Document = {
        "_id": correction_id,
        **said,
        "person_id": person["_id"],
        "agency": person["agency"],
        "proposer_id": caller.person_id,
        "proposer_agency": caller.agency,
        # Without it nobody's: an erased person's id is gone as well.
        "by_system": caller.is_system,
        "state": "waiting",
        "answer": "",
        "created_at": now_ms(now),
        "decided_at": None,
        "decided_by": None,
    }
    await store.insert(tx, document)
    await coordinating.plan(tx, person["agency"], now)
    return document


def has_proposed(caller: Caller, correction: Document) -> bool:
    """A system proposes for its agency, so any system of that agency may follow what came of it."""
    if caller.is_system:
        return bool(correction.get("by_system")) and correction["proposer_agency"] == caller.agency
    return caller.is_person(correction["proposer_id"])


def proposed_by(caller: Caller) -> Document:
    """The same as a query."""
    if caller.is_system:
        return {"proposer_agency": caller.agency, "by_system": True}
    return {"proposer_id": caller.own_id}


async def decide(
    tx: Transaction,
    caller: Caller,
    correction_id: str,
    decision: rules.Decision,
    answer: str,
    now: datetime,
) -> Document:
    """An accepted one is in force at once; rejecting it later takes its effect back.

    Raises:
        NotFound: there is none that this caller may know of.
        Forbidden: the caller does not coordinate the agency.
        Conflict: it has been decided, or there is nothing left to decide.

    """
    before = await store.load(tx, correction_id)
    if before is None or not (caller.acts_for(before["agency"]) or has_proposed(caller, before)):
        raise refusals.NoSuchCorrection
    if not (caller.coordinator and caller.agency == before["agency"]):
        raise IsForCoordinators("The agency's coordinator decides.")
    undoing = (before["state"], decision) == ("accepted", "rejected")
    if before["state"] != "waiting" and not undoing:
        raise refusals.CorrectionIsDecided
    after = {**before, "state": decision, "answer": answer, "decided_at": now_ms(now)}
    after["decided_by"] = caller.person_id
    await store.save(tx, after)
    await audit.record(
        tx,
        "correction.decided",
        agency=before["agency"],
        thing=f"correction/{correction_id}",
        person=before["person_id"],
        decision=decision,
        field=before["field"],
    )
    if decision == "accepted" or undoing:
        await _take_effect(tx, after, now, undoing=undoing)
    await _tell(tx, after)
    return await store.load(tx, correction_id) or after


async def _tell(tx: Transaction, correction: Document) -> None:
    """Whoever proposed it. They know already where they decided it themselves."""
    proposer_id, decider_id = correction["proposer_id"], correction["decided_by"]
    if proposer_id in {None, decider_id}:
        return
    proposer = (await profiles.load_many(tx, [proposer_id])).get(proposer_id)
    if proposer is None or not is_visible(proposer):
        return
    notice = CorrectionDecided(
        person_id=correction["person_id"],
        agency=correction["agency"],
        field=correction["field"],
        decision=correction["state"],
        decider=PeerLine(person_id=decider_id),
    )
    tell(
        tx,
        proposer_id,
        "directory.correction_decided",
        subject=f"correction/{correction['_id']}",
        version=int(correction["decided_at"].timestamp() * 1_000),
        notice=notice,
    )


async def _take_effect(tx: Transaction, correction: Document, now: datetime, *, undoing: bool) -> None:
    person_id = correction["person_id"]
    person = (await profiles.load_many(tx, [person_id])).get(person_id)
    record = (await load_records(tx, [person_id])).get(person_id)
    if person is None or record is None:
        raise NoSuchPerson
    feed = await load_feed(tx.db, person["agency"])
    own, corrected = dict(person["own"]), person.get("corrected", {})
    field, value = rules.effect(correction)
    if undoing:
        corrected = rules.take_back(corrected, correction["_id"])
    elif field in OWN_FIELDS and field in own:
        # What the person wrote would hide it.
        own[field] = value
    else:
        corrected = rules.accept(corrected, correction, merge(record, {}, feed))
    by = Author("correction", correction["decided_by"], correction["answer"], correction["_id"])
    changed = Merge(person_id, person, record, own, trace.current(), by, corrected)
    await merge_and_save(tx, feed, [changed], now)


async def on_visibility_changed(
    tx: Transaction, changed: Sequence[VisibilityChanged], _now: datetime
) -> None:
    """Of the hidden there is nothing to correct."""
    if hidden := [change.person_id for change in changed if not change.visible]:
        await store.forget(tx, hidden)

"""Staff records, by whichever door they come: Kafka, HTTP, SCIM and CSV."""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import randrange
from typing import Any

from services.directory.agencies.store import agencies
from services.directory.intake.handlers import leaves
from services.directory.intake.handlers.judging import Batch
from services.directory.intake.handlers.submissions import Salvaged, Submission
from services.directory.intake.models import Door
from services.directory.intake.rules.intake import Verdict, versions_after
from services.directory.intake.rules.safety import facts_in
from services.directory.intake.store import feeds
from services.directory.people.handlers.people import Merge, load_feed, merge_and_save
from services.directory.people.store import people as people_store
from services.directory.people.store import profiles
from shared.consuming import parking
from shared.consuming.incoming import Incoming, Item
from shared.contracts.envelope import Trace
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import STAFF_PREFIX
from shared.errors import NotFound
from shared.mongo import Document, Transaction
from shared.observing import trace

_ANYBODY = 64


async def take_in(
    tx: Transaction,
    agency: str,
    submissions: Sequence[Submission | Salvaged],
    now: datetime,
    *,
    door: Door = "http",
    writer: str = "",
    braked: bool = True,
    noted: bool = True,
) -> list[Verdict]:
    """Keep each record as it came and the person merged from it; verdicts in the order of the submissions.
    Several records of one employee are judged in their order, and the last that counts is what happens.

    `door` is by which they came; not `noted`, they have been counted before. `writer` names one of those who
    take in records at the same time; without `braked`, people leave however many they are.

    Raises:
        NotFound: the network has no such agency.
    """
    named = [
        each.facts.employee_id if isinstance(each, Salvaged) else each.record.employee_id
        for each in submissions
    ]
    bases = {employee_id: person_id(agency, employee_id) for employee_id in dict.fromkeys(named)}
    feed, people = await gather(load_feed(tx.db, agency), profiles.load_current(tx, agency, bases))
    # Who writes without a name of their own seldom meets another one.
    writer = writer or f"any {randrange(_ANYBODY)}"
    batch = Batch(feed, door, now, people)
    batch.judge_all(submissions, bases)
    newest = batch.newest
    leaving = {id_: each for id_, each in newest.items() if _leaves(each.record, batch.before[id_])}
    if leaving and braked:
        newest = _with_those_who_stay(batch, await leaves.brake(tx, agency, leaving, door, now))
    if feed.leaves_held:
        versions = {
            id_: each.record.version
            for id_, each in newest.items()
            if each.facts is None and id_ not in leaving
        }
        await leaves.drop_overtaken(tx, versions, door, now)
    if newest:
        merges = [_merge(batch, id_, each) for id_, each in newest.items()]
        await merge_and_save(tx, feed, merges, now)
        if batch.successors:
            await people_store.note_successors(tx, batch.successors)
        happened = ((batch.before[id_], each) for id_, each in newest.items())
        await leaves.keep_count(tx, agency, writer, happened)
    records = sum(isinstance(each, Submission) for each in submissions)
    if noted and records:
        # Last, so that what meets others is held for as short as can be.
        await feeds.note(tx, agency, door, records, now, writer)
    return batch.verdicts


def _leaves(record: StaffRecord, before: Document | None) -> bool:
    return record.status == "left" and before is not None and before["status"] == "active"


def _with_those_who_stay(batch: Batch, stay: dict[str, Verdict]) -> dict[str, Submission]:
    """What happens: to each who stays, the last of the batch that has them at work. Changes the verdicts."""
    happens = {id_: each for id_, each in batch.newest.items() if id_ not in stay}
    for id_, verdict in stay.items():
        counted = batch.applied[id_]
        for place, each in counted:
            if each.record.status == "active":
                happens[id_] = each
            elif each.facts is not None:
                # The leave waits; the protection beside it does not.
                happens[id_] = each._replace(record=each.record.model_copy(update={"status": "active"}))
                batch.verdicts[place] = _without_leave(batch.verdicts[place], verdict)
            elif each is counted[-1][1]:
                batch.verdicts[place] = verdict
    return happens


def _without_leave(refused: Verdict, stays: Verdict) -> Verdict:
    holds = tuple(each for each in refused.holds if each != "left")
    return replace(refused, refusal=f"{refused.refusal}; {stays.refusal}", holds=holds)


def _merge(batch: Batch, id_: str, submission: Submission) -> Merge:
    record, before = submission.record, batch.before[id_]
    kept = record.__pydantic_serializer__.to_json(record, by_alias=True, exclude_defaults=True)
    marks: dict[str, Any] = {"arrived": batch.arrived}
    if submission.facts is None:
        marks["versions"] = versions_after(before, batch.door, record.version)
    else:
        marks["arrived"] = {**batch.arrived, "partly": True}
    if generation := batch.generations.get(id_):
        marks["generation"] = generation
    return Merge(
        id_, before, record, before["own"] if before else {}, submission.cause, kept=kept, marks=marks
    )


def salvage(item: Item) -> Item:
    """What a record that does not fit its contract says about safety goes to the handler with the others."""
    facts = facts_in(item.record.value, item.record.key)
    if facts is None:
        return item
    cause = trace.known(Trace())
    agency = item.record.topic.removeprefix(STAFF_PREFIX)
    return Item(
        item.record, Incoming(Salvaged(facts, item.refusal, cause, item.record), cause, item.record, agency)
    )


async def on_staff_records(tx: Transaction, batch: Sequence[Incoming[StaffRecord | Salvaged]]) -> None:
    """The main door. What doesn't count is parked with its reason; a repetition is nothing."""
    agency = batch[0].agency
    submissions = [
        incoming.data
        if isinstance(incoming.data, Salvaged)
        else Submission(incoming.data, incoming.trace, incoming.record)
        for incoming in batch
    ]
    try:
        writer = f"partition {batch[0].record.partition}"
        verdicts = await take_in(tx, agency, submissions, datetime.now(UTC), door="kafka", writer=writer)
    except NotFound as unknown:
        if await agencies.departed(tx, agency):
            # It has left with all its data: none of it is kept, not even as parked.
            return
        verdicts = [Verdict("refused", str(unknown))] * len(batch)
    refused = [
        parking.Case(incoming.record, "refused", verdict.reason)
        for incoming, verdict in zip(batch, verdicts, strict=True)
        if verdict.reason and verdict.outcome != "held"
    ]
    await parking.park(tx, refused)

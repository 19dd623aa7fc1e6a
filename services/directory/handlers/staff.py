"""Staff records, by whichever door they come: Kafka, HTTP, later SCIM and CSV."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import randrange

from services.directory.handlers import leaves
from services.directory.handlers.people import Merge, load_feed, merge_and_save
from services.directory.handlers.submissions import Submission
from services.directory.rules.intake import APPLIED, Verdict, judge
from services.directory.store import agencies, feeds, profiles
from shared import parking
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.errors import NotFound
from shared.incoming import Incoming
from shared.mongo import Document, Transaction

_ANYBODY = 64


async def take_in(
    tx: Transaction,
    agency: str,
    submissions: Sequence[Submission],
    now: datetime,
    *,
    door: feeds.Door | None = "http",
    writer: str = "",
    braked: bool = True,
) -> list[Verdict]:
    """Keep each record as it came and the person merged from it; verdicts in the order of the submissions.
    Several records of one employee are judged in their order, and the last that counts is what happens.

    `door` is by which they came; None for what had come before. `writer` names one of those who take in
    records at the same time; without `braked`, people leave however many they are.

    Raises:
        NotFound: the network has no such agency.
    """
    ids = [person_id(agency, each.record.employee_id) for each in submissions]
    feed, before = await gather(load_feed(tx.db, agency), profiles.load_many(tx, set(ids)))
    # Who writes without a name of their own seldom meets another one.
    writer = writer or f"any {randrange(_ANYBODY)}"
    verdicts: list[Verdict] = []
    newest: dict[str, Submission] = {}
    for id_, each in zip(ids, submissions, strict=True):
        verdict = _judge(each.record, newest.get(id_), before.get(id_))
        verdicts.append(verdict)
        if verdict is APPLIED:
            newest[id_] = each
    leaving = {id_: each for id_, each in newest.items() if _leaves(each.record, before.get(id_))}
    if leaving and braked:
        stay = await leaves.brake(tx, agency, leaving, now)
        verdicts, newest = _with_those_who_stay(ids, submissions, verdicts, newest, stay)
    if feed.leaves_held:
        versions = {id_: each.record.version for id_, each in newest.items() if id_ not in leaving}
        await leaves.drop_overtaken(tx, versions, now)
    if newest:
        merges = [_merge(id_, each, before.get(id_)) for id_, each in newest.items()]
        await merge_and_save(tx, feed, merges, now)
        await leaves.keep_count(tx, agency, writer, ((before.get(id_), each) for id_, each in newest.items()))
    if door and submissions:
        # Last, so that what meets others is held for as short as can be.
        await feeds.note(tx, agency, door, len(submissions), now, writer)
    return verdicts


def _leaves(record: StaffRecord, before: Document | None) -> bool:
    return record.status == "left" and before is not None and before["status"] == "active"


def _with_those_who_stay(
    ids: Sequence[str],
    submissions: Sequence[Submission],
    verdicts: Sequence[Verdict],
    newest: Mapping[str, Submission],
    stay: Mapping[str, Verdict],
) -> tuple[list[Verdict], dict[str, Submission]]:
    """The verdicts, and what happens: to each who stays, the last of the batch that has them at work."""
    judged = list(verdicts)
    happens = {id_: each for id_, each in newest.items() if id_ not in stay}
    for position, (id_, each) in enumerate(zip(ids, submissions, strict=True)):
        if id_ not in stay or judged[position] is not APPLIED:
            continue
        if each.record.status == "active":
            happens[id_] = each
        elif each is newest[id_]:
            judged[position] = stay[id_]
    return judged, happens


def _judge(record: StaffRecord, pending: Submission | None, before: Document | None) -> Verdict:
    """Content is looked at only where a version comes again."""
    if pending is not None:
        return judge(record.version, pending.record.version, same_content=pending.record == record)
    if before is None:
        return APPLIED
    known: int = before["feed_version"]
    same = record.version == known and StaffRecord.model_validate_json(before["record"]) == record
    return judge(record.version, known, same_content=same)


def _merge(id_: str, submission: Submission, before: Document | None) -> Merge:
    record = submission.record
    kept = record.__pydantic_serializer__.to_json(record, by_alias=True, exclude_defaults=True)
    return Merge(id_, before, record, before["own"] if before else {}, submission.cause, kept=kept)


async def on_staff_records(tx: Transaction, batch: Sequence[Incoming[StaffRecord]]) -> None:
    """The main door. What doesn't count is parked with its reason; a repetition is nothing."""
    agency = batch[0].agency
    submissions = [Submission(incoming.data, incoming.trace, incoming.record) for incoming in batch]
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

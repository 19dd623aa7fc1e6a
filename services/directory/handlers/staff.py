"""Staff records, by whichever door they come: Kafka, HTTP, later SCIM and CSV."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from services.directory.handlers import leaves
from services.directory.handlers.people import Merge, load_feed, merge_and_save
from services.directory.handlers.submissions import Submission, as_kept
from services.directory.rules.intake import APPLIED, Verdict, judge
from services.directory.store import people, profiles
from shared import parking
from shared.consumer import Incoming
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.errors import NotFound
from shared.mongo import Document, Transaction


async def take_in(
    tx: Transaction,
    agency: str,
    submissions: Sequence[Submission],
    now: datetime,
    *,
    writer: str = "",
    braked: bool = True,
) -> list[Verdict]:
    """Keep each record as it came and the person merged from it; verdicts in the order of the submissions.
    Several records of one employee are judged in their order, and the last that counts is what happens.

    `writer` names one of those who take in records at the same time; without `braked`, people leave however
    many they are.

    Raises:
        NotFound: the network has no such agency.
    """
    ids = [person_id(agency, each.record.employee_id) for each in submissions]
    feed, before = await gather(load_feed(tx.db, agency), profiles.load_many(tx, set(ids)))
    contents = await _same_versions(tx, ids, submissions, before)
    verdicts: list[Verdict] = []
    newest: dict[str, Submission] = {}
    for id_, each in zip(ids, submissions, strict=True):
        verdict = _judge(each.record, newest.get(id_), before.get(id_), contents.get(id_))
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
        await _save_records(tx, agency, newest, before)
        merges = [_merge(id_, each, before.get(id_)) for id_, each in newest.items()]
        await merge_and_save(tx, feed, merges, now)
        await leaves.keep_count(tx, agency, writer, ((before.get(id_), each) for id_, each in newest.items()))
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


async def _same_versions(
    tx: Transaction, ids: Sequence[str], submissions: Sequence[Submission], before: dict[str, Document]
) -> dict[str, Document]:
    """What is kept under a version that comes again: rare, and the only time that content is compared."""
    again = {
        id_
        for id_, each in zip(ids, submissions, strict=True)
        if id_ in before and before[id_]["feed_version"] == each.record.version
    }
    return await people.load_records(tx, again) if again else {}


def _judge(
    record: StaffRecord, pending: Submission | None, before: Document | None, kept: Document | None
) -> Verdict:
    if pending is not None:
        return judge(record.version, pending.record.version, same_content=pending.record == record)
    if before is None:
        return APPLIED
    same = kept is not None and kept["record"] == as_kept(record)
    return judge(record.version, before["feed_version"], same_content=same)


async def _save_records(
    tx: Transaction, agency: str, newest: dict[str, Submission], before: dict[str, Document]
) -> None:
    documents = [
        {"_id": id_, "agency": agency, "version": each.record.version, "record": as_kept(each.record)}
        for id_, each in newest.items()
    ]
    new = [document for document in documents if document["_id"] not in before]
    await people.save_records(tx, new, [document for document in documents if document["_id"] in before])


def _merge(id_: str, submission: Submission, before: Document | None) -> Merge:
    return Merge(id_, before, submission.record, before["own"] if before else {}, submission.cause)


async def on_staff_records(tx: Transaction, batch: Sequence[Incoming[StaffRecord]]) -> None:
    """The main door. What doesn't count is parked with its reason; a repetition is nothing."""
    agency = batch[0].agency
    submissions = [Submission(incoming.data, incoming.trace, incoming.record) for incoming in batch]
    try:
        writer = f"partition {batch[0].record.partition}"
        verdicts = await take_in(tx, agency, submissions, datetime.now(UTC), writer=writer)
    except NotFound as unknown:
        verdicts = [Verdict("refused", str(unknown))] * len(batch)
    for incoming, verdict in zip(batch, verdicts, strict=True):
        if verdict.reason and verdict.outcome != "held":
            await parking.park(tx, incoming.record, "refused", verdict.reason)

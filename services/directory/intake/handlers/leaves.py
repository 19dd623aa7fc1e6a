"""The brake (D13): when a feed says that very many have left, the coordinator is asked first."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import structlog
import uuid_utils

from services.directory.intake.handlers.submissions import Submission, as_kept
from services.directory.intake.models import Door, HeldLeave, MassLeave
from services.directory.intake.rules import leaves as rules
from services.directory.intake.rules.intake import APPLIED, HELD, NOT_LEFT, UNCHANGED, Verdict, judge
from services.directory.intake.store import leaves as store
from shared.moments import now_ms
from shared.mongo import Document, Transaction

log = structlog.get_logger()


async def brake(
    tx: Transaction, agency: str, leaving: Mapping[str, Submission], door: Door, now: datetime
) -> dict[str, Verdict]:
    """Verdicts on those of `leaving` who stay for now. All of them are active. A leave that comes again while
    it is held is not counted again.
    """
    known = await store.held(tx, leaving)
    stay: dict[str, Verdict] = {}
    fresh: dict[str, Submission] = {}
    newer: list[HeldLeave] = []
    for id_, each in leaving.items():
        row = known.get(id_)
        verdict = _judge(each, row, door) if row else APPLIED
        if verdict is not APPLIED:
            stay[id_] = verdict
        elif row and row.state == "held":
            newer.append(_row(id_, agency, row.mass_leave, each, door, now))
            stay[id_] = HELD
        else:
            fresh[id_] = each
    await store.hold(tx, newer)
    if fresh and (mass_leave := await _mass_leave(tx, agency, len(fresh), now)):
        await store.hold(tx, [_row(id_, agency, mass_leave, each, door, now) for id_, each in fresh.items()])
        stay |= dict.fromkeys(fresh, HELD)
    return stay


def _judge(submission: Submission, row: HeldLeave, door: Door) -> Verdict:
    if submission.facts is not None:
        # Part of a refused record, without a version of its own.
        return APPLIED if row.state == "held" else NOT_LEFT
    same = row.record == as_kept(submission.record)
    if not row.is_of(door) or row.facts:
        # Versions of another door say nothing; the coordinator's no to this very leave does.
        return NOT_LEFT if same and row.state == "refused" else APPLIED
    verdict = judge(submission.record.version, row.version, same_content=same)
    if verdict is not UNCHANGED:
        return verdict
    return HELD if row.state == "held" else NOT_LEFT


async def _mass_leave(tx: Transaction, agency: str, leaving: int, now: datetime) -> str | None:
    """The mass leave that these belong to, or None where they may leave."""
    window = await store.take_window(tx, agency)
    if window.mass_leave:
        await store.change_mass_leave(tx, window.mass_leave, held=leaving)
        return window.mass_leave
    left, active = rules.left_since(window.minutes, now), await store.active(tx, agency)
    if not rules.is_mass_leave(leaving, left, active):
        minutes = rules.note_left(window.minutes, leaving, now_ms(now))
        await store.save_window(tx, agency, replace(window, minutes=minutes))
        return None
    opened = MassLeave(str(uuid_utils.uuid7()), agency, "open", now_ms(now), active, left, leaving)
    await store.open_mass_leave(tx, opened, window)
    tx.after_commit.append(lambda: log.warning("mass_leave.held", agency=agency, id=opened.id))
    return opened.id


def _row(
    id_: str, agency: str, mass_leave: str, submission: Submission, door: Door, now: datetime
) -> HeldLeave:
    record, cause, sent, facts = submission
    return HeldLeave(
        id=id_,
        agency=agency,
        mass_leave=mass_leave,
        state="held",
        employee_id=record.employee_id,
        version=record.version,
        door=door,
        facts=facts is not None,
        record=as_kept(record),
        cause=list(cause),
        sent=list(sent) if sent else None,
        at=now_ms(now),
    )


async def keep_count(
    tx: Transaction, agency: str, writer: str, happened: Iterable[tuple[Document | None, Submission]]
) -> None:
    """How many work there, after these. One write, and only where somebody came or left."""
    more = sum(
        (each.record.status == "active") - (before is not None and before["status"] == "active")
        for before, each in happened
    )
    if more:
        await store.count(tx, agency, writer, more)


async def drop_overtaken(tx: Transaction, versions: Mapping[str, int], door: Door, now: datetime) -> None:
    """A newer record of somebody whose leave is held says that they work here: the leave is forgotten, and
    with the last one the mass leave.
    """
    found = await store.held(tx, versions)
    overtaken = [
        row
        for row in found.values()
        if row.state == "held" and (not row.is_of(door) or row.version < versions[row.id])
    ]
    await _forget(tx, overtaken, now)


async def forget(tx: Transaction, people: Iterable[str], now: datetime) -> None:
    """They are erased: their leaves wait for nobody's decision any more."""
    found = await store.held(tx, people)
    await _forget(tx, [row for row in found.values() if row.state == "held"], now)


async def _forget(tx: Transaction, rows: Iterable[HeldLeave], now: datetime) -> None:
    by_mass_leave: dict[str, list[str]] = {}
    for row in rows:
        by_mass_leave.setdefault(row.mass_leave, []).append(row.id)
    for mass_leave_id, ids in by_mass_leave.items():
        await store.let_go(tx, ids)
        await store.change_mass_leave(tx, mass_leave_id, held=-len(ids))
        mass_leave = await store.load_mass_leave(tx, mass_leave_id)
        if mass_leave and mass_leave.state == "open" and mass_leave.held <= 0:
            await store.close_mass_leave(tx, replace(mass_leave, state="taken_back", decided_at=now_ms(now)))

"""What becomes of a mass leave: its coordinator is told, decides, and it is so (D13)."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Literal

import structlog

from services.directory.agencies.rules import NETWORK_ADMIN
from services.directory.agencies.store import agencies
from services.directory.intake import refusals
from services.directory.intake.handlers.staff import take_in
from services.directory.intake.handlers.submissions import Salvaged, Submission
from services.directory.intake.models import Door, HeldLeave, MassLeave, MassLeaveState
from services.directory.intake.rules.intake import NOT_LEFT
from services.directory.intake.rules.safety import SafetyFacts
from services.directory.intake.store import leaves as store
from services.directory.people.store import profiles
from shared import due
from shared.audit import entries as audit
from shared.auth import Caller
from shared.consuming import parking
from shared.consuming.parking import Record
from shared.contracts.envelope import Trace
from shared.contracts.notify import MassLeaveHeld, Request
from shared.contracts.staff import read_kept
from shared.moments import now_ms
from shared.mongo import Database, Mongo, Transaction
from shared.publishing import outbox
from shared.refusals import IsForCoordinators

log = structlog.get_logger()
Decision = Literal["release", "refuse"]
DECIDED: dict[Decision, tuple[MassLeaveState, MassLeaveState]] = {
    "release": ("releasing", "released"),
    "refuse": ("refusing", "refused"),
}
_AT_ONCE = 200


def require_own(caller: Caller, agency: str) -> None:
    """
    Raises:
        NotFound: it is another agency's.
        Forbidden: the caller does not coordinate this one. Not its systems either: one of them said it.

    """
    if NETWORK_ADMIN in caller.scopes:
        return
    if caller.agency != agency:
        raise refusals.NoSuchMassLeave
    if not caller.coordinator:
        raise IsForCoordinators("Only the agency's coordinator may see and decide this.")


_IS_DECIDED = {
    "released": refusals.MassLeaveIsReleased,
    "releasing": refusals.MassLeaveIsReleasing,
    "refused": refusals.MassLeaveIsRefused,
    "refusing": refusals.MassLeaveIsRefusing,
    "taken_back": refusals.MassLeaveIsTakenBack,
}


async def listed(db: Database, caller: Caller, agency: str, offset: int, limit: int) -> list[MassLeave]:
    """
    Raises:
        NotFound, Forbidden: as `require_own`.

    """
    require_own(caller, agency)
    return await store.list_mass_leaves(db, agency, offset, limit)


async def found(db: Database, caller: Caller, id_: str) -> MassLeave:
    """
    Raises:
        NotFound: there is none, or it is another agency's.
        Forbidden: as `require_own`.

    """
    mass_leave = await store.find_mass_leave(db, id_)
    if mass_leave is None:
        raise refusals.NoSuchMassLeave
    require_own(caller, mass_leave.agency)
    return mass_leave


async def people(mongo: Mongo, mass_leave: MassLeave, offset: int, limit: int) -> list[tuple[HeldLeave, str]]:
    """Whose leave is held. Each comes with the person's name, which is empty for protected
    identity: the agency knows them by its own number.
    """
    about = {"agency": mass_leave.agency, "thing": f"mass-leave/{mass_leave.id}"}
    await audit.record_reading(mongo, "mass_leave.read", **about)
    db = mongo.db
    rows = await store.list_held(db, mass_leave.id, offset, limit)
    named = await profiles.find_many(db, [row.id for row in rows])
    return [(row, named[row.id]["display_name"] if row.id in named else "") for row in rows]


async def decide(tx: Transaction, id_: str, decision: Decision, by: str, now: datetime) -> MassLeave:
    """The same again changes nothing. What follows is done after the commit, some hundred people at a time.

    Raises:
        NotFound: there is none.
        Conflict: it was decided otherwise, or the feed has taken it back.

    """
    mass_leave = await store.load_mass_leave(tx, id_)
    if mass_leave is None:
        raise refusals.NoSuchMassLeave
    if mass_leave.state in DECIDED[decision]:
        return mass_leave
    if mass_leave.state != "open":
        raise _IS_DECIDED[mass_leave.state](
            f"The mass leave is {mass_leave.state.replace('_', ' ')} already."
        )
    closed = replace(mass_leave, state=DECIDED[decision][0], decided_at=now_ms(now), decided_by=by)
    await store.close_mass_leave(tx, closed)
    await due.move(tx, [store.due_row(closed, now_ms(now))])
    await audit.record(
        tx,
        "mass_leave.decided",
        agency=mass_leave.agency,
        thing=f"mass-leave/{id_}",
        decision=decision,
        held=mass_leave.held,
    )
    return closed


async def settle(work: due.Work, id_: str) -> None:
    """Tell the coordinators of one that is open, or do what they decided."""
    held = await store.find_mass_leave(work.mongo.db, id_)
    if held is None:
        return
    under_way: dict[MassLeaveState, Decision] = {state: decision for decision, (state, _) in DECIDED.items()}
    decision = under_way.get(held.state)
    if decision is None:
        if await work.mongo.transact(partial(tell, id_=id_)):
            log.info("mass_leave.told", agency=held.agency, id=id_)
        return
    while await _carry_out(work, id_, decision):
        await work.moved()
    log.info("mass_leave.settled", agency=held.agency, id=id_, decision=decision)


async def _carry_out(work: due.Work, id_: str, decision: Decision) -> bool:
    """A page of them, or where that fails each alone: one on whom it fails gets a row of their own, and the
    others go on.
    """
    page = partial(carry_out, id_=id_, decision=decision, now=work.now)
    try:
        return await work.mongo.transact(page)
    except Exception as error:
        if due.is_trouble(error):
            raise
        log.exception("mass_leave.page_failed", id=id_, error=type(error).__name__)
    for person_id in await store.held_ids(work.mongo.db, id_, _AT_ONCE):
        try:
            await work.mongo.transact(partial(page, only=person_id))
        except Exception as error:
            if due.is_trouble(error):
                raise
            log.exception("mass_leave.person_failed", id=id_, error=type(error).__name__)
            await work.mongo.transact(
                lambda tx, one=person_id: store.set_apart(tx, id_, [one], work.now),
            )
    return True


async def carry_out(
    tx: Transaction, id_: str, decision: Decision, now: datetime, only: str | None = None
) -> bool:
    """Some of them, or one; returns whether there are more. Two processes at once do it once."""
    mass_leave = await store.load_mass_leave(tx, id_)
    under_way, done = DECIDED[decision]
    if mass_leave is None or mass_leave.state != under_way:
        return False
    rows = await store.page_of(tx, id_, _AT_ONCE, only)
    if not rows and only is None:
        await store.change_mass_leave(tx, id_, state=done)
        return False
    if rows:
        await (_let_go if decision == "release" else _refuse)(tx, mass_leave, rows, now)
    return True


async def settle_one(tx: Transaction, id_: str, person_id: str, now: datetime) -> None:
    """Somebody on whom it failed before."""
    mass_leave, held = await store.load_mass_leave(tx, id_), await store.held(tx, [person_id])
    row = held.get(person_id)
    if mass_leave is None or row is None or row.mass_leave != id_ or row.state != "apart":
        return
    released = mass_leave.state in DECIDED["release"]
    await (_let_go if released else _refuse)(tx, mass_leave, [row], now)


async def _let_go(tx: Transaction, mass_leave: MassLeave, rows: list[HeldLeave], now: datetime) -> None:
    """By the door that all come by: what has been overtaken meanwhile is stale there as everywhere."""
    by_door: dict[Door, list[Submission | Salvaged]] = {}
    for row in rows:
        by_door.setdefault(row.door or "kafka", []).append(_submission(row))
    for door, submissions in by_door.items():
        await take_in(tx, mass_leave.agency, submissions, now, door=door, braked=False, noted=False)
    await store.let_go(tx, [row.id for row in rows])


async def _refuse(tx: Transaction, _mass_leave: MassLeave, rows: list[HeldLeave], now: datetime) -> None:
    sent = [Record(*row.sent) for row in rows if row.sent]
    await parking.park(tx, [parking.Case(record, "refused", NOT_LEFT.reason) for record in sent])
    await store.refuse(tx, [row.id for row in rows], now)


def _submission(row: HeldLeave) -> Submission | Salvaged:
    record, cause = read_kept(row.record), Trace(*row.cause)
    if row.facts:
        return Salvaged(SafetyFacts(record.employee_id, None, record.protected, left=True), "", cause)
    return Submission(record, cause)


async def tell(tx: Transaction, id_: str) -> bool:
    """The coordinators, once; returns whether there was anything to tell."""
    mass_leave = await store.load_mass_leave(tx, id_)
    if mass_leave is None or mass_leave.state != "open" or mass_leave.told:
        return False
    await store.change_mass_leave(tx, id_, told=True)
    agency = await agencies.load(tx, mass_leave.agency)
    data = MassLeaveHeld(
        agency=mass_leave.agency,
        held=mass_leave.held,
        left_before=mass_leave.left_before,
        active=mass_leave.active,
        opened_at=mass_leave.opened_at,
    )
    for coordinator in agency["coordinators"] if agency else ():
        request = Request(
            person_id=coordinator,
            kind="directory.mass_leave_held",
            subject=f"mass-leave/{id_}",
            subject_version=1,
            data=data.model_dump(mode="json"),
        )
        outbox.request(tx, request)
    return True

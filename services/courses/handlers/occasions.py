"""Occasions: made, changed, called off."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import uuid_utils

from services.courses import refusals, store
from services.courses.handlers import recommendations
from services.courses.handlers.enrolments import keep
from services.courses.handlers.permissions import require_agency, require_owner
from services.courses.models.documents import Occasion, start_of
from services.courses.models.shapes import NewOccasion, OccasionChanges, OccasionFields
from services.courses.rules.bookings import Desk
from services.courses.rules.occasions import problems
from shared import due
from shared.auth import Caller
from shared.contracts.topics import COURSES_OCCASIONS
from shared.errors import Invalid
from shared.moments import now_ms
from shared.mongo import Database, Transaction
from shared.publishing import outbox
from shared.web.conditions import fits

_INSTANTS = ("quotas_open_at", "decision_at", "cancel_until")


async def find(db: Database, id_: str) -> Occasion:
    """
    Raises:
        NotFound: there is no such occasion.

    """
    occasion = await store.occasions.find(db, id_)
    if occasion is None:
        raise refusals.NoSuchOccasion
    return occasion


async def listed(
    db: Database, course_id: str | None, since: date | None, offset: int, limit: int
) -> list[Occasion]:
    return await store.occasions.listed(db, course_id, since, offset=offset, limit=limit)


async def create(
    tx: Transaction, caller: Caller, body: NewOccasion, agencies: set[str], now: datetime
) -> Occasion:
    """
    Raises:
        Invalid: what is wrong, field by field.

    """
    require_agency(caller)
    course = await store.courses.load(tx, body.course_id)
    occasion = Occasion(
        id=str(uuid_utils.uuid7()),
        version=1,
        course_id=body.course_id,
        host=caller.agency,
        title=course.title if course else "–",
        title_en=course.title_en if course else "–",
        audience=course.audience if course else Occasion.model_fields["audience"].default,
        min_months=course.min_months if course else None,
        max_months=course.max_months if course else None,
        **_fields(body, set(OccasionFields.model_fields)),
    )
    wrong = problems(occasion, now, agencies)
    if course is None:
        wrong["course_id"] = refusals.CourseIsUnknown()
    if course is None or wrong:
        raise Invalid(**wrong)
    occasion = _timed(occasion)
    await store.occasions.insert(tx, occasion)
    await due.move(tx, due_rows(occasion))
    outbox.announce(tx, COURSES_OCCASIONS, occasion.published())
    await recommendations.start_over(tx, course.id, now)
    return occasion


async def change(
    tx: Transaction,
    caller: Caller,
    id_: str,
    body: OccasionChanges,
    *,
    agencies: set[str],
    if_match: str | None,
    now: datetime,
) -> Occasion:
    """Change what the body names, or call the occasion off; `if_match` is what the caller has seen."""
    before = await _owned(tx, caller, id_, if_match)
    if body.cancelled:
        return await _call_off(tx, before, now)
    if before.cancelled:
        raise refusals.OccasionIsCancelled
    if before.settle_due is None:
        raise refusals.OccasionIsSettled
    desk = Desk(before, await store.enrolments.load(tx, id_, (), with_line=True), now)
    fields = _fields(body, body.model_fields_set - {"cancelled"})
    after = desk.occasion.model_copy(update=fields)
    if after == desk.occasion:
        return before
    if wrong := problems(after, now, agencies, desk.occasion):
        raise Invalid(**wrong)
    timed = _timed(after)
    desk.edit(**fields, quotas_due=timed.quotas_due, settle_due=timed.settle_due, edition=before.edition + 1)
    await keep(tx, desk, {})
    await due.move(tx, due_rows(desk.occasion))
    if after.days != before.days:
        await recommendations.start_over(tx, after.course_id, now)
    return desk.occasion


async def call_off(tx: Transaction, caller: Caller, id_: str, now: datetime) -> Occasion:
    """Everybody who had a seat or a place in line is told; done again, nobody is told again."""
    return await _call_off(tx, await _owned(tx, caller, id_, None), now)


async def call_off_for_good(tx: Transaction, occasion: Occasion, now: datetime) -> None:
    """Its host has left the network."""
    await _call_off(tx, occasion, now)


async def _owned(tx: Transaction, caller: Caller, id_: str, if_match: str | None) -> Occasion:
    occasion = await store.occasions.load(tx, id_)
    if occasion is None:
        raise refusals.NoSuchOccasion
    require_owner(caller, occasion.host)
    if not fits(if_match, occasion.edition):
        raise refusals.OccasionHasChanged
    return occasion


async def _call_off(tx: Transaction, occasion: Occasion, now: datetime) -> Occasion:
    if occasion.cancelled:
        return occasion
    if occasion.begun(now):
        raise refusals.TooLateToCancelOccasion
    desk = Desk(occasion, await store.enrolments.load_active(tx, occasion.id), now)
    desk.call_off()
    await keep(tx, desk, {})
    await recommendations.start_over(tx, occasion.course_id, now)
    return desk.occasion


def _fields(body: OccasionFields, names: set[str]) -> dict[str, Any]:
    fields = {name: getattr(body, name) for name in names}
    for name in _INSTANTS:
        if fields.get(name) is not None:
            fields[name] = now_ms(fields[name]).astimezone(UTC)
    if "days" in fields:
        fields["days"] = tuple(sorted(fields["days"]))
    return fields


def _timed(occasion: Occasion) -> Occasion:
    """When the timers are to look at it."""
    waiting = bool(occasion.quotas) and not occasion.quotas_opened
    opening = occasion.quotas_open_at if waiting else None
    return occasion.model_copy(update={"quotas_due": opening, "settle_due": occasion.last_day})


def due_rows(occasion: Occasion) -> list[due.Row]:
    """Its rows for later work. A row that has become pointless does nothing when its time comes."""
    subject, data = f"occasion/{occasion.id}", {"occasion": occasion.id}
    found: list[due.Row] = []
    if occasion.quotas_due is not None:
        found.append(due.Row(f"quotas/{occasion.id}", "open quotas", subject, occasion.quotas_due, data))
    if occasion.settle_due is not None:
        over = start_of(occasion.settle_due + timedelta(days=1))
        found.append(due.Row(f"settle/{occasion.id}", "settle", subject, over, data))
    return found


async def known_agencies(db: Database) -> set[str]:
    return set(await store.people.agency_names(db))

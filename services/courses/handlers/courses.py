"""Courses and what doing them alone would cost."""

from datetime import datetime
from typing import Any

import uuid_utils

from services.courses import refusals, store
from services.courses.handlers import recommendations
from services.courses.handlers.permissions import require_agency, require_owner
from services.courses.models.documents import Baseline, Course, day_of
from services.courses.models.money import NewBaseline
from services.courses.models.shapes import CourseChanges, NewCourse, Tenure
from shared.audit import entries as audit
from shared.auth import Caller
from shared.contracts.topics import COURSES_OCCASIONS
from shared.errors import Invalid
from shared.moments import now_ms
from shared.mongo import Database, Transaction
from shared.publishing import outbox
from shared.web.conditions import fits


async def listed(db: Database, offset: int, limit: int) -> list[Course]:
    return await store.courses.listed(db, offset=offset, limit=limit)


async def find(db: Database, id_: str) -> Course:
    """
    Raises:
        NotFound: there is no such course.

    """
    course = await store.courses.find(db, id_)
    if course is None:
        raise refusals.NoSuchCourse
    return course


async def create(tx: Transaction, caller: Caller, body: NewCourse) -> Course:
    require_agency(caller)
    fields = body.model_dump(exclude={"audience", "tenure"})
    course = Course(
        id=str(uuid_utils.uuid7()),
        version=1,
        agency=caller.agency,
        audience=body.audience.rule(),
        **fields,
        **_tenure(body.tenure),
    )
    await store.courses.save(tx, course)
    return course


async def change(
    tx: Transaction, caller: Caller, id_: str, body: CourseChanges, *, if_match: str | None, now: datetime
) -> Course:
    """Change what the body names; `if_match` is the version that the caller has seen."""
    before = await store.courses.load(tx, id_)
    if before is None:
        raise refusals.NoSuchCourse
    require_owner(caller, before.agency)
    if not fits(if_match, before.version):
        raise refusals.CourseHasChanged
    fields = body.model_dump(include=body.model_fields_set - {"audience", "tenure"})
    if "audience" in body.model_fields_set:
        fields["audience"] = before.audience.model_copy(update=body.audience.sent())
    if "tenure" in body.model_fields_set:
        known = Tenure(min_months=before.min_months, max_months=before.max_months)
        fields.update(_tenure(known.model_copy(update=body.tenure.model_dump(exclude_unset=True))))
    after = before.model_copy(update=fields)
    if after == before:
        return before
    after = after.model_copy(update={"version": before.version + 1})
    await store.courses.save(tx, after)
    await _bring_to_occasions(tx, after, now)
    await recommendations.start_over(tx, after.id, now)
    return after


async def _bring_to_occasions(tx: Transaction, course: Course, now: datetime) -> None:
    """Occasions to come carry the course's title and rules."""
    names = ("title", "title_en", "audience", "min_months", "max_months")
    fields = {name: getattr(course, name) for name in names}
    for before in await store.occasions.coming(tx, [course.id], day_of(now)):
        after = before.model_copy(update=fields)
        if after != before:
            after = after.model_copy(update={"version": before.version + 1})
            await store.occasions.save(tx, after)
            outbox.announce(tx, COURSES_OCCASIONS, after.published())


def _tenure(tenure: Tenure) -> dict[str, Any]:
    shortest, longest = tenure.min_months, tenure.max_months
    if shortest is not None and longest is not None and shortest > longest:
        raise Invalid(
            **{
                "tenure.min_months": refusals.MinMonthsAboveMax(
                    f"is more than max_months, {longest}", most=longest
                )
            }
        )
    return {"min_months": shortest, "max_months": longest}


async def sign_baseline(
    tx: Transaction, caller: Caller, course_id: str, agency: str, body: NewBaseline, *, now: datetime
) -> Baseline:
    """The agency says what the course would have cost it alone; signing the same again changes nothing."""
    require_agency(caller)
    if await store.courses.load(tx, course_id) is None or agency != caller.agency:
        raise refusals.NoSuchCourse
    if body.low_ore > body.high_ore:
        raise Invalid(
            low_ore=refusals.LowAboveHigh(f"is more than high_ore, {body.high_ore}", most=body.high_ore)
        )
    before = await store.settlements.load_baseline(tx, course_id, agency)
    if before and (before.low_ore, before.high_ore, before.basis) == (
        body.low_ore,
        body.high_ore,
        body.basis,
    ):
        return before
    baseline = Baseline(
        id=store.settlements.baseline_id(course_id, agency),
        version=before.version + 1 if before else 1,
        course_id=course_id,
        agency=agency,
        signed_by=caller.person_id or "system",
        signed_at=now_ms(now),
        **body.model_dump(),
    )
    await store.settlements.save_baseline(tx, baseline)
    thing, low, high = f"course/{course_id}", body.low_ore, body.high_ore
    await audit.record(tx, "baseline.signed", agency=agency, thing=thing, low_ore=low, high_ore=high)
    return baseline


async def baseline(db: Database, caller: Caller, course_id: str, agency: str) -> Baseline:
    found = await store.settlements.baselines(db, agency, [course_id]) if agency == caller.agency else {}
    if course_id not in found:
        raise refusals.NoSuchBaseline
    return found[course_id]

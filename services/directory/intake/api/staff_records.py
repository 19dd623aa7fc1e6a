"""The HTTP door for staff records."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field, ValidationError

from services.directory.intake.handlers.staff import take_in
from services.directory.intake.handlers.submissions import Salvaged, Submission
from services.directory.intake.rules.intake import HELD, IN_FORCE, NOT_LEFT, SOMEBODY_ELSE, Verdict
from services.directory.intake.rules.safety import facts_of
from shared.auth import Caller
from shared.consuming import parking
from shared.contracts.envelope import Trace
from shared.contracts.staff import StaffRecord, without_nulls
from shared.mongo import Transaction
from shared.observing import trace
from shared.web.fields import Answer, Body
from shared.web.needs import Now, Transactions
from shared.web.policy import Bearer

router = APIRouter(prefix="/directory/v1", tags=["staff records"])
_AT_ONCE = 250
_ABOUT = {HELD.refusal: "status", NOT_LEFT.refusal: "status", SOMEBODY_ELSE.refusal: "employee_id"}
_EXAMPLE = {
    "employee_id": "4711",
    "version": 1764000000000,
    "status": "active",
    "given_name": "Åsa",
    "family_name": "Öberg",
    "email": "asa.oberg@bolagsverket.example",
    "phone": "070-174 06 05",
    "title": "Inköpare",
    "roles": ["upphandlare"],
    "specialties": ["ramavtal"],
    "location": "Sundsvall",
    "employed_from": "2026-11-01",
    "language": "sv",
    "protected": False,
}


class StaffRecords(Body):
    """Each record is read on its own: see the schema `staff.record.changed.v1`."""

    records: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=1_000,
        description="Whole records, in order / Hela poster, i ordning",
        examples=[[_EXAMPLE]],
    )


class RecordProblem(Answer):
    field: str = Field(examples=["given_name"])
    reason: str = Field(examples=["is missing"])


class RecordResult(Answer):
    employee_id: str | None = Field(examples=["4711"])
    result: Literal["applied", "unchanged", "stale", "refused", "held"] = Field(
        description="applied, or why not; held: kept until the coordinator has decided about a mass leave / "
        "inläst, eller varför inte; held: sparad tills samordnaren har avgjort ett massavslut",
        examples=["applied"],
    )
    problems: list[RecordProblem] = Field(default=[], examples=[[]])


class RecordResults(Answer):
    results: list[RecordResult] = Field(description="One a record, in order / Ett per post, i ordning")


@router.post("/staff-records", summary="Send staff records / Lämna personalposter")
async def post_staff_records(
    mongo: Transactions,
    now: Now,
    body: StaffRecords,
    caller: Annotated[Caller, Depends(Bearer("staff:write"))],
) -> RecordResults:
    """One bad record never stops the others: each gets its own answer, in order. Sent again, nothing happens
    again. / En felaktig post stoppar aldrig de andra: varje post får sitt eget svar.
    """
    read = [_read(record) for record in body.records]
    cause = trace.current()
    known = [_submission(sent, record, cause) for sent, record in zip(body.records, read, strict=True)]
    good = [each for each in known if each is not None]

    async def work(tx: Transaction, part: Sequence[Submission | Salvaged]) -> list[Verdict]:
        return await take_in(tx, caller.agency, part, now)

    judged = [each async for part in mongo.in_parts(good, work, most=_AT_ONCE) for each in part]
    verdicts = iter(judged)
    results: list[RecordResult] = []
    for sent, record, each in zip(body.records, read, known, strict=True):
        verdict = next(verdicts) if each is not None else None
        if isinstance(record, StaffRecord) and verdict is not None:
            results.append(_judged(record, verdict))
        elif isinstance(record, list):
            problems = [*record, *_in_force(verdict)]
            results.append(RecordResult(employee_id=_id_of(sent), result="refused", problems=problems))
    return RecordResults(results=results)


def _read(sent: dict[str, Any]) -> StaffRecord | list[RecordProblem]:
    try:
        return StaffRecord.model_validate_json(json.dumps(without_nulls(sent)))
    except ValidationError as error:
        return [RecordProblem(field=each.field, reason=each.reason) for each in parking.problems(error)]


def _submission(
    sent: dict[str, Any], record: StaffRecord | list[RecordProblem], cause: Trace
) -> Submission | Salvaged | None:
    if isinstance(record, StaffRecord):
        return Submission(record, cause)
    facts = facts_of(sent)
    return Salvaged(facts, "", cause) if facts else None


def _in_force(verdict: Verdict | None) -> list[RecordProblem]:
    """What of a refused record holds all the same."""
    fields = {"protected": "protected", "left": "status"}
    return (
        [RecordProblem(field=fields[each], reason=IN_FORCE[each]) for each in verdict.holds]
        if verdict
        else []
    )


def _judged(record: StaffRecord, verdict: Verdict) -> RecordResult:
    field = _ABOUT.get(verdict.refusal, "version")
    problems = [RecordProblem(field=field, reason=verdict.refusal)] if verdict.refusal else []
    problems += _in_force(verdict)
    return RecordResult(employee_id=record.employee_id, result=verdict.outcome, problems=problems)


def _id_of(sent: dict[str, Any]) -> str | None:
    employee_id = sent.get("employee_id")
    return employee_id if isinstance(employee_id, str) and len(employee_id) <= 200 else None

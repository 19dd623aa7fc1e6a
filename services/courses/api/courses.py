"""Courses and their baselines."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response, status
from fastapi.responses import JSONResponse

from services.courses.handlers import courses
from services.courses.models.money import Baseline, NewBaseline
from services.courses.models.shapes import Course, CourseChanges, NewCourse
from shared.auth import Caller
from shared.mongo import Transaction
from shared.web.conditions import IfMatch
from shared.web.fields import Id, Page, etag
from shared.web.needs import Db, Now, Once, Pages, Transactions
from shared.web.policy import Bearer

router = APIRouter(prefix="/courses/v1", tags=["courses"])
Reader = Annotated[Caller, Depends(Bearer("courses:read", people=True))]
Writer = Annotated[Caller, Depends(Bearer("courses:write", people=True))]


@router.get("/courses", summary="All courses / Alla kurser")
async def list_courses(db: Db, _caller: Reader, paging: Pages) -> Page[Course]:
    found = await courses.listed(db, paging.offset, paging.fetch)
    return Page[Course](**paging.of([Course.of(course) for course in found]))


@router.post(
    "/courses", status_code=status.HTTP_201_CREATED, response_model=Course, summary="A new course / Ny kurs"
)
async def create_course(once: Once, caller: Writer, body: NewCourse) -> JSONResponse:
    async def work(tx: Transaction) -> Course:
        return Course.of(await courses.create(tx, caller, body))

    return await once(caller, work)


@router.get("/courses/{course_id}", summary="One course / En kurs")
async def get_course(db: Db, response: Response, _caller: Reader, course_id: Id) -> Course:
    course = await courses.find(db, course_id)
    response.headers["ETag"] = etag(course.version)
    return Course.of(course)


@router.patch("/courses/{course_id}", summary="Change a course / Ändra en kurs")
async def change_course(
    mongo: Transactions,
    now: Now,
    *,
    response: Response,
    caller: Writer,
    course_id: Id,
    body: CourseChanges,
    if_match: IfMatch = None,
) -> Course:

    async def work(tx: Transaction) -> Any:
        return await courses.change(tx, caller, course_id, body, if_match=if_match, now=now)

    course = await mongo.transact(work)
    response.headers["ETag"] = etag(course.version)
    return Course.of(course)


@router.get(
    "/courses/{course_id}/baselines/{agency}",
    summary="What it would have cost your agency alone / Vad det hade kostat er på egen hand",
)
async def get_baseline(db: Db, caller: Reader, course_id: Id, agency: str) -> Baseline:
    return Baseline.of(await courses.baseline(db, caller, course_id, agency))


@router.put("/courses/{course_id}/baselines/{agency}", summary="Sign a baseline / Underteckna en jämförelse")
async def sign_baseline(
    mongo: Transactions,
    now: Now,
    *,
    caller: Writer,
    course_id: Id,
    agency: str,
    body: NewBaseline,
) -> Baseline:

    async def work(tx: Transaction) -> Any:
        return await courses.sign_baseline(tx, caller, course_id, agency, body, now=now)

    return Baseline.of(await mongo.transact(work))

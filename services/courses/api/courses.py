"""Courses and their baselines."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response, status
from fastapi.responses import JSONResponse

from services.courses.handlers import courses
from services.courses.models.money import Baseline, NewBaseline
from services.courses.models.shapes import Course, CourseChanges, NewCourse
from shared.auth import Caller
from shared.mongo import Transaction
from shared.web.conditions import IfMatch
from shared.web.fields import Id, Page, Paging, etag
from shared.web.idempotency import Key, once
from shared.web.policy import Bearer

router = APIRouter(prefix="/courses/v1", tags=["courses"])
Reader = Annotated[Caller, Depends(Bearer("courses:read", people=True))]
Writer = Annotated[Caller, Depends(Bearer("courses:write", people=True))]
Pages = Annotated[Paging, Depends()]


@router.get("/courses", summary="All courses / Alla kurser")
async def list_courses(request: Request, _caller: Reader, paging: Pages) -> Page[Course]:
    found = await courses.listed(request.app.state.mongo.db, paging.offset, paging.fetch)
    return Page[Course](**paging.of([Course.of(course) for course in found]))


@router.post(
    "/courses", status_code=status.HTTP_201_CREATED, response_model=Course, summary="A new course / Ny kurs"
)
async def create_course(
    request: Request, caller: Writer, body: NewCourse, idempotency_key: Key = None
) -> JSONResponse:
    async def work(tx: Transaction) -> Course:
        return Course.of(await courses.create(tx, caller, body))

    return await once(request.app.state.mongo, request, caller, idempotency_key, work)


@router.get("/courses/{course_id}", summary="One course / En kurs")
async def get_course(request: Request, response: Response, _caller: Reader, course_id: Id) -> Course:
    course = await courses.find(request.app.state.mongo.db, course_id)
    response.headers["ETag"] = etag(course.version)
    return Course.of(course)


@router.patch("/courses/{course_id}", summary="Change a course / Ändra en kurs")
async def change_course(
    request: Request,
    *,
    response: Response,
    caller: Writer,
    course_id: Id,
    body: CourseChanges,
    if_match: IfMatch = None,
) -> Course:
    now = request.app.state.clock()

    async def work(tx: Transaction) -> Any:
        return await courses.change(tx, caller, course_id, body, if_match=if_match, now=now)

    course = await request.app.state.mongo.transact(work)
    response.headers["ETag"] = etag(course.version)
    return Course.of(course)


@router.get(
    "/courses/{course_id}/baselines/{agency}",
    summary="What it would have cost your agency alone / Vad det hade kostat er på egen hand",
)
async def get_baseline(request: Request, caller: Reader, course_id: Id, agency: str) -> Baseline:
    return Baseline.of(await courses.baseline(request.app.state.mongo.db, caller, course_id, agency))


@router.put("/courses/{course_id}/baselines/{agency}", summary="Sign a baseline / Underteckna en jämförelse")
async def sign_baseline(
    request: Request,
    *,
    caller: Writer,
    course_id: Id,
    agency: str,
    body: NewBaseline,
) -> Baseline:
    now = request.app.state.clock()

    async def work(tx: Transaction) -> Any:
        return await courses.sign_baseline(tx, caller, course_id, agency, body, now=now)

    return Baseline.of(await request.app.state.mongo.transact(work))

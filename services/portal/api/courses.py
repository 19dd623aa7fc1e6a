"""Courses: the catalogue, one course with its occasions, a seat, and why not (C1, C4, C14)."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.client import Part
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()


@router.get("/courses", summary="Courses / Kurser")
async def list_courses(visit: SignedIn) -> Response:
    parts = await visit.ask(
        courses=("/courses/v1/courses", {"limit": 100}),
        occasions=("/courses/v1/occasions", {"coming": "true", "limit": 100}),
        mine=("/courses/v1/enrolments", {"person_id": visit.me.id}),
    )
    coming: dict[str, list[dict[str, Any]]] = {}
    for occasion in parts["occasions"].items:
        if not occasion["cancelled"]:
            coming.setdefault(occasion["course_id"], []).append(occasion)
    courses = parts["courses"].items
    # Those that can be gone to first.
    courses.sort(key=lambda course: (course["id"] not in coming, course["title"]))
    taken = {one["occasion"]["course_id"]: one for one in parts["mine"].items}
    return visit.page("courses.html", courses=parts["courses"], listed=courses, coming=coming, taken=taken)


@router.get("/courses/{course_id}", summary="A course / En kurs")
async def show_course(visit: SignedIn, course_id: Id) -> Response:
    return await _show(visit, course_id, Form())


@router.post("/courses/{course_id}/occasions/{occasion_id}/seat", summary="Take a seat / Ta en plats")
async def enrol(visit: SignedIn, course_id: Id, occasion_id: Id) -> Response:
    path = f"/courses/v1/occasions/{occasion_id}/enrolments"
    return await _after(visit, course_id, await visit.send("POST", path, {"person_id": visit.me.id}))


@router.post(
    "/courses/{course_id}/occasions/{occasion_id}/cancellation", summary="Give the seat back / Avboka"
)
async def give_seat_back(visit: SignedIn, course_id: Id, occasion_id: Id) -> Response:
    path = f"/courses/v1/enrolments/{occasion_id}/{visit.me.id}"
    return await _after(visit, course_id, await visit.send("DELETE", path))


async def _after(visit: Visit, course_id: str, part: Part) -> Response:
    if part.ok:
        return visit.go(f"/courses/{course_id}")
    form = Form()
    # The courses say it in the reader's language themselves.
    form.refuse("", part.detail)
    return await _show(visit, course_id, form, 409)


async def _show(visit: Visit, course_id: str, form: Form, status: int = 200) -> Response:
    parts = await visit.ask(
        course=f"/courses/v1/courses/{course_id}",
        occasions=("/courses/v1/occasions", {"course_id": course_id, "coming": "true", "limit": 20}),
        may=f"/courses/v1/courses/{course_id}/eligibility/{visit.me.id}",
        mine=("/courses/v1/enrolments", {"person_id": visit.me.id}),
    )
    course = visit.require(parts["course"]).body
    may = {one["occasion_id"]: one for one in parts["may"].items}
    mine = {one["occasion_id"]: one for one in parts["mine"].items}
    shown = [
        {"occasion": one, "may": may.get(one["id"]), "mine": mine.get(one["id"])}
        for one in parts["occasions"].items
    ]
    return visit.page(
        "course.html",
        status,
        course=course,
        occasions=parts["occasions"],
        may=parts["may"],
        shown=shown,
        form=form,
    )

"""Courses: the catalogue, one course with its occasions, a seat, and why not (C1, C4, C14)."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.client import Part
from services.portal.web.done import Done
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.formats.alphabet import sort_key
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
    title = "title" if visit.language == "sv" else "title_en"
    courses.sort(key=lambda course: (course["id"] not in coming, sort_key(course[title])))
    taken = {one["occasion"]["course_id"]: one for one in parts["mine"].items}
    return visit.page("courses.html", courses=parts["courses"], listed=courses, coming=coming, taken=taken)


@router.get("/courses/{course_id}", summary="A course / En kurs")
async def show_course(visit: SignedIn, course_id: Id) -> Response:
    return await _show(visit, course_id, Form())


@router.post("/courses/{course_id}/occasions/{occasion_id}/seat", summary="Take a seat / Ta en plats")
async def enrol(visit: SignedIn, course_id: Id, occasion_id: Id) -> Response:
    path = f"/courses/v1/occasions/{occasion_id}/enrolments"
    part = await visit.send("POST", path, {"person_id": visit.me.id})
    waits = part.ok and part.body["state"] == "waiting"
    return await _after(visit, course_id, part, "seat_waiting" if waits else "seat_taken")


@router.post(
    "/courses/{course_id}/occasions/{occasion_id}/cancellation", summary="Give the seat back / Avboka"
)
async def give_seat_back(visit: SignedIn, course_id: Id, occasion_id: Id) -> Response:
    path = f"/courses/v1/enrolments/{occasion_id}/{visit.me.id}"
    if not visit.is_sure:
        return await _ask_first(visit, course_id, occasion_id)
    return await _after(visit, course_id, await visit.send("DELETE", path), "seat_given_back")


async def _ask_first(visit: Visit, course_id: str, occasion_id: str) -> Response:
    parts = await visit.ask(
        occasion=f"/courses/v1/occasions/{occasion_id}",
        mine=f"/courses/v1/enrolments/{occasion_id}/{visit.me.id}",
    )
    occasion, mine = visit.require(parts["occasion"]).body, visit.require(parts["mine"]).body
    name = occasion["title"] if visit.language == "sv" else occasion["title_en"]
    day = visit.speech.on_day(occasion["days"][0])
    if mine["state"] == "waiting":
        return visit.ask_first(
            visit.say("Leave the queue for %(course)s?", course=name),
            visit.say("Yes, leave the queue"),
            f"/courses/{course_id}",
            visit.say("It is held on %(day)s. If you change your mind you stand last.", day=day),
        )
    return visit.ask_first(
        visit.say("Give up your seat on %(course)s?", course=name),
        visit.say("Yes, give up my seat"),
        f"/courses/{course_id}",
        visit.say("It is held on %(day)s. The seat goes to the next in line.", day=day),
    )


async def _after(visit: Visit, course_id: str, part: Part, done: Done) -> Response:
    if part.ok:
        return visit.go(f"/courses/{course_id}", done)
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

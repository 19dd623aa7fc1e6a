"""Calling a meeting for those whom a rule reaches, seen before anybody is told (E20)."""

import asyncio
from datetime import date, datetime, time
from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.client import Part
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.speech import HOME
from services.portal.web.visit import Visit

router = APIRouter()
_RULE = ("roles", "agencies", "groups")
# What the service calls a field, and where on the form it is said.
_FIELDS = {"starts_at": "starts", "ends_at": "ends", "audience": "roles"}


@router.get("/new-meeting", summary="Call a meeting / Kalla till möte")
async def new_meeting(visit: SignedIn) -> Response:
    return await _form(visit, Form.of({"starts": "09:00", "ends": "10:00"}))


@router.post("/new-meeting/preview", summary="Whom it reaches / Vilka det når")
async def preview(visit: SignedIn) -> Response:
    if not visit.is_piece:
        return await _form(visit, visit.form)
    return visit.page("meeting_reach.html", preview=await _preview(visit, visit.form))


@router.post("/new-meeting", summary="Keep it as a draft / Spara som utkast")
async def create(visit: SignedIn) -> Response:
    form = visit.form
    body = _body(visit, form)
    part = None if form.wrong else await visit.send("POST", "/events/v1/meetings", body)
    if part is not None:
        visit.refused(_renamed(part), form, "title")
    if form.wrong or part is None:
        return await _form(visit, form, 422)
    return visit.go(f"/meetings/{part.body['id']}")


def _body(visit: Visit, form: Form) -> dict[str, Any]:
    """As the service takes it; what is wrong is said on the form, all of it."""
    if not form.text("title"):
        form.refuse("title", visit.say("Write what the meeting is called."))
    starts, ends = _moment(visit, form, "starts"), _moment(visit, form, "ends")
    if starts and ends and ends <= starts:
        form.refuse("ends", visit.say("The meeting must end after it begins."))
    if starts and starts <= visit.now:
        form.refuse("day", visit.say("Choose a time in the future."))
    capacity = form.text("capacity")
    if capacity and not (capacity.isascii() and capacity.isdigit() and 0 < int(capacity[:9]) <= 100_000):
        form.refuse(
            "capacity", visit.say("Write how many people there is room for as a number, or leave it empty.")
        )
    video = form.text("video_url")
    if video and not video.startswith("https://"):
        form.refuse("video_url", visit.say("The address of a video meeting begins with https://."))
    if not any(form.all(name) for name in _RULE):
        form.refuse(
            "roles", visit.say("Choose at least one role, agency or group, so that somebody is reached.")
        )
    return {
        "title": form.text("title"),
        "kind": "network",
        "starts_at": starts.isoformat() if starts else "",
        "ends_at": ends.isoformat() if ends else "",
        "place": form.text("place"),
        "video_url": video,
        "capacity": int(capacity[:9]) if capacity.isascii() and capacity.isdigit() else None,
        "audience": _audience(form),
    }


def _moment(visit: Visit, form: Form, name: str) -> datetime | None:
    """The day and this time on it, on the wall here."""
    day = hour = None
    try:
        day = date.fromisoformat(form.text("day"))
    except ValueError:
        form.refuse("day", visit.say("Write the day as year-month-day, such as 2027-03-01."))
    try:
        hour = time.fromisoformat(form.text(name).replace(".", ":"))
    except ValueError:
        form.refuse(name, visit.say("Write the time as hours and minutes, such as 09:30."))
    if day is None or hour is None:
        return None
    return datetime.combine(day, hour.replace(tzinfo=None), HOME)


def _audience(form: Form) -> dict[str, list[str]]:
    return {name: form.all(name) for name in _RULE}


async def _preview(visit: Visit, form: Form) -> Part | None:
    if not any(form.all(name) for name in _RULE):
        return None
    return await visit.send("POST", "/events/v1/audiences/preview", _audience(form))


def _renamed(part: Part) -> Part:
    errors = [
        {**error, "field": _FIELDS.get(error["field"].split(".")[0], error["field"])}
        for error in (part.body or {}).get("errors", [])
    ]
    return part if part.ok else Part(part.status, {**(part.body or {}), "errors": errors})


async def _form(visit: Visit, form: Form, status: int = 200) -> Response:
    groups, preview = await asyncio.gather(
        visit.get(("/directory/v1/groups", {"member": visit.me.id, "limit": 100})), _preview(visit, form)
    )
    return visit.page("new_meeting.html", status, form=form, preview=preview, groups=groups)

"""Calling a meeting for those whom a rule reaches, seen before anybody is told (E20); like another (E19)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.portal.api import meeting_form
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import ID

router = APIRouter()
Like = Annotated[str | None, Query(pattern=ID)]
# Of a meeting like another, what the form does not ask.
_COPIED = ("kind", "zone", "group_id", "reminders", "follow_up")


@router.get("/new-meeting", summary="Call a meeting / Kalla till möte")
async def new_meeting(visit: SignedIn, like: Like = None) -> Response:
    copied = await _like(visit, like)
    if copied is None:
        return await meeting_form.show(visit, Form.of({"starts": "09:00", "ends": "10:00"}))
    said = meeting_form.filled(copied)
    days = {name: "" for name in ("day", "last_day") if name in said}
    return await meeting_form.show(visit, Form.of({**said, **days}), like=copied)


@router.post("/new-meeting/preview", summary="Whom it reaches / Vilka det når")
async def preview(visit: SignedIn, like: Like = None) -> Response:
    return await meeting_form.preview(visit, like=await _like(visit, like))


@router.post("/new-meeting", summary="Keep it as a draft / Spara som utkast")
async def create(visit: SignedIn, like: Like = None) -> Response:
    form, copied = visit.form, await _like(visit, like)
    settings = {name: copied[name] for name in _COPIED} if copied else {"kind": "network"}
    body = {**settings, **meeting_form.facts(visit, form), "audience": meeting_form.audience(form, copied)}
    meeting_form.require_audience(visit, form, body["audience"])
    part = None if form.wrong else await visit.send("POST", "/events/v1/meetings", body)
    if part is not None and part.ok:
        return visit.go(f"/meetings/{part.body['id']}", "meeting_drafted")
    if part is not None:
        meeting_form.refused(visit, part, form)
    return await meeting_form.show(visit, form, 422, like=copied)


async def _like(visit: Visit, meeting_id: str | None) -> dict[str, Any] | None:
    return (await visit.need(f"/events/v1/meetings/{meeting_id}")).body if meeting_id else None

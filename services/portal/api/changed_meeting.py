"""Changing or moving a meeting. Those who take part are told of what their calendars show."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.api import meeting_form
from services.portal.web.client import Part
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()


@router.get("/meetings/{meeting_id}/change", summary="Change a meeting / Ändra ett möte")
async def show_meeting_change(visit: SignedIn, meeting_id: Id) -> Response:
    found = await _own(visit, meeting_id)
    form = Form.of({**meeting_form.filled(found.body), "edition": found.etag})
    return await meeting_form.show(visit, form, meeting=found.body)


@router.post("/meetings/{meeting_id}/change", summary="Change it / Ändra det")
async def change_meeting(visit: SignedIn, meeting_id: Id) -> Response:
    form, found = visit.form, await _own(visit, meeting_id)
    meeting = found.body
    changes = _changes(visit, form, meeting)
    path = f"/events/v1/meetings/{meeting_id}"
    if changes and not form.wrong:
        part = await visit.send("PATCH", path, changes, If_Match=form.text("edition"))
        visit.was_late(part, form, found.etag)
        meeting_form.refused(visit, part, form)
    if form.wrong:
        return await meeting_form.show(visit, form, 422, meeting=meeting)
    return visit.go(f"/meetings/{meeting_id}", "meeting_changed")


@router.post("/meetings/{meeting_id}/change/preview", summary="Whom it reaches / Vilka det når")
async def preview_change(visit: SignedIn, meeting_id: Id) -> Response:
    return await meeting_form.preview(visit, meeting=(await _own(visit, meeting_id)).body)


def _changes(visit: Visit, form: Form, meeting: dict[str, Any]) -> dict[str, Any]:
    """What differs from how it is as the form says it: seconds that it does not show are nobody's change."""
    shown = Form.of(meeting_form.filled(meeting))
    wanted, now = meeting_form.facts(visit, form), meeting_form.facts(visit, shown)
    if wanted["capacity"] and wanted["capacity"] < meeting["taken"]:
        form.refuse("capacity", visit.say("%(taken)s people have a place already.", taken=meeting["taken"]))
    if meeting["state"] == "draft":
        wanted["audience"], now["audience"] = meeting_form.audience(form, meeting), meeting["audience"]
        meeting_form.require_audience(visit, form, wanted["audience"])
    return {name: value for name, value in wanted.items() if value != now[name]}


async def _own(visit: Visit, meeting_id: str) -> Part:
    """
    Raises:
        HTTPException: it is not there, or somebody else's.

    """
    found = await visit.need(f"/events/v1/meetings/{meeting_id}")
    if not visit.convenes(found.body):
        raise HTTPException(403)
    return found

"""Who came: the sign-in sheet of a meeting, for whoever convenes it (E21)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.client import Part
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.formats.alphabet import sort_key
from shared.web.fields import Id

router = APIRouter()
_AT_ONCE = 100


@router.get("/meetings/{meeting_id}/attendance", summary="Who came / Vilka som kom")
async def show_sheet(visit: SignedIn, meeting_id: Id, page: int = 1) -> Response:
    number = max(1, page)
    meeting, listed = await _sheet(visit, meeting_id, number)
    return _shown(visit, meeting, listed, number, Form())


@router.post("/meetings/{meeting_id}/attendance", summary="Who came / Vilka som kom")
async def record(visit: SignedIn, meeting_id: Id, page: int = 1) -> Response:
    number, form = max(1, page), visit.form
    meeting, listed = await _sheet(visit, meeting_id, number)
    came, seen, ticked = (set(form.all(name)) for name in ("came", "seen", "ticked"))
    notes = {
        one["person_id"]: note
        for one in listed.items
        if one["person_id"] in seen and (note := _note(one, came, ticked)) != one["attended"]
    }
    path = f"/events/v1/meetings/{meeting_id}/attendance"
    # Each on its own: should one be refused, the others are kept, and the same can be sent again.
    parts = await asyncio.gather(
        *(visit.send("PUT", f"{path}/{who}", {"attended": note}) for who, note in notes.items())
    )
    for part in parts:
        visit.refused(part, form)
    if form.wrong:
        return _shown(visit, meeting, listed, number, form, 409)
    onward = f"/attendance?page={number + 1}" if listed.more else ""
    return visit.go(f"/meetings/{meeting_id}{onward}", "attendance_saved")


def _note(participant: dict[str, Any], came: set[str], ticked: set[str]) -> bool | None:
    """Whoever had not said yes is not absent, nor is who checked in while the sheet lay open."""
    who = participant["person_id"]
    if who in came or (participant["attended"] and who not in ticked):
        return True
    return False if _said_yes(participant) or participant["attended"] is not None else None


async def _sheet(visit: Visit, meeting_id: str, number: int) -> tuple[dict[str, Any], Part]:
    path = f"/events/v1/meetings/{meeting_id}"
    parts = await visit.ask(
        meeting=path, listed=(f"{path}/participants", {"limit": _AT_ONCE, "page": number, "order": "answer"})
    )
    meeting = visit.require(parts["meeting"]).body
    if not visit.convenes(meeting):
        raise HTTPException(403)
    return meeting, visit.require(parts["listed"])


def _shown(
    visit: Visit, meeting: dict[str, Any], listed: Part, number: int, form: Form, status: int = 200
) -> Response:
    there = [one for one in listed.items if one["state"] != "cancelled"]
    there.sort(key=lambda one: (not _said_yes(one), sort_key(one["display_name"])))
    ticked = set(form.all("came")) if form.values else {one["person_id"] for one in there if _likely(one)}
    begun = meeting["state"] == "invited" and visit.is_past(meeting["starts_at"])
    values = {"meeting": meeting, "there": there, "ticked": ticked, "begun": begun}
    return visit.page("attendance.html", status, **values, more=listed.more, number=number, form=form)


def _likely(participant: dict[str, Any]) -> bool:
    """As noted; until then, as they had answered."""
    noted = participant["attended"]
    return _said_yes(participant) if noted is None else noted


def _said_yes(participant: dict[str, Any]) -> bool:
    return participant["state"] == "accepted"

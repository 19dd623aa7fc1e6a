"""Saying oneself that one is there: the code that is shown there, and the page it leads to (E21)."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.forms import Form
from services.portal.web.pictures import qr_code
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()


@router.get(
    "/meetings/{meeting_id}/attendance/code", summary="The code for those who come / Koden för de som kommer"
)
async def show_code(visit: SignedIn, meeting_id: Id) -> Response:
    """To be shown on a screen, or printed for the door."""
    return await _show_code(visit, meeting_id, Form())


@router.post("/meetings/{meeting_id}/attendance/code", summary="Make the code / Skapa koden")
async def make_code(visit: SignedIn, meeting_id: Id) -> Response:
    part = await visit.send("PUT", f"/events/v1/meetings/{meeting_id}/attendance-code")
    if part.ok:
        return visit.go(f"/meetings/{meeting_id}/attendance/code", "code_made")
    return await _show_code(visit, meeting_id, visit.refusal(part), 409)


async def _show_code(visit: Visit, meeting_id: str, form: Form, status: int = 200) -> Response:
    path = f"/events/v1/meetings/{meeting_id}"
    parts = await visit.ask(meeting=path, code=f"{path}/attendance-code")
    meeting, code = visit.require(parts["meeting"]).body, parts["code"]
    if not visit.convenes(meeting):
        raise HTTPException(403)
    made = None if code.status == 404 else visit.require(code).body
    address = f"{visit.portal.settings.url}/meetings/{meeting_id}/here?code={made['code']}" if made else ""
    picture = qr_code(address) if made else ""
    return visit.page("attendance_code.html", status, meeting=meeting, made=made, picture=picture, form=form)


@router.get("/meetings/{meeting_id}/here", summary="Say that you are there / Anteckna att du är på plats")
async def show_here(visit: SignedIn, meeting_id: Id, code: str = "") -> Response:
    """Changes nothing: programs that look at a link before its reader does note nobody."""
    return await _show_here(visit, meeting_id, Form.of({"code": code}))


@router.post("/meetings/{meeting_id}/here", summary="Say that you are there / Anteckna att du är på plats")
async def check_in(visit: SignedIn, meeting_id: Id) -> Response:
    form = visit.form
    note = {"attended": True, "code": form.text("code")}
    part = await visit.send("PUT", f"/events/v1/meetings/{meeting_id}/attendance/{visit.me.id}", note)
    if part.ok:
        return visit.go(f"/meetings/{meeting_id}", "checked_in")
    visit.refused(part, form)
    return await _show_here(visit, meeting_id, form, part.status)


async def _show_here(visit: Visit, meeting_id: str, form: Form, status: int = 200) -> Response:
    path = f"/events/v1/meetings/{meeting_id}"
    parts = await visit.ask(meeting=path, mine=f"{path}/participants/{visit.me.id}")
    meeting, mine = visit.require(parts["meeting"]).body, _mine(visit, parts)
    return visit.page("here.html", status, meeting=meeting, mine=mine, form=form)


def _mine(visit: Visit, parts: dict[str, Any]) -> dict[str, Any] | None:
    """None for those who are not on the list, or no longer."""
    if parts["mine"].status == 404:
        return None
    mine = visit.require(parts["mine"]).body
    return None if mine["state"] == "cancelled" else mine

"""Handing a meeting over to a colleague, who convenes it from then on."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id, Words

router = APIRouter()
_SHOWN = 20


@router.get("/meetings/{meeting_id}/convenor", summary="Hand a meeting over / Lämna över ett möte")
async def show_convenor(visit: SignedIn, meeting_id: Id, q: Words = "") -> Response:
    return await _show(visit, meeting_id, q, Form())


@router.post("/meetings/{meeting_id}/convenor", summary="Hand it over / Lämna över det")
async def hand_over(visit: SignedIn, meeting_id: Id) -> Response:
    form, path = visit.form, f"/events/v1/meetings/{meeting_id}"
    if not (who := form.text("convenor_id")):
        form.refuse("convenor_id", visit.say("Choose who takes over."))
    else:
        part = await visit.send("PATCH", path, {"convenor_id": who}, If_Match="*")
        if part.ok:
            return visit.go(f"/meetings/{meeting_id}")
        visit.refused(part, form)
    return await _show(visit, meeting_id, form.text("q"), form, 422)


async def _show(visit: Visit, meeting_id: str, q: str, form: Form, status: int = 200) -> Response:
    meeting = (await visit.need(f"/events/v1/meetings/{meeting_id}")).body
    if not visit.convenes(meeting):
        raise HTTPException(403)
    agency = meeting["convenor_agency"]
    asked = {"q": q} if q else {"role": role} if (role := _role(meeting)) else {}
    found = await visit.get(("/directory/v1/people", {**asked, "agency": agency, "limit": _SHOWN}))
    me = {"id": visit.me.id, "display_name": visit.me.display_name, "title": "", "place": ""}
    others = [one for one in found.items if one["id"] != me["id"]]
    colleagues = [one for one in (me, *others) if one["id"] != meeting["convenor_id"]]
    values = {"meeting": meeting, "found": found, "colleagues": colleagues, "q": q, "form": form}
    return visit.page("convenor.html", status, **values)


def _role(meeting: dict[str, Any]) -> str:
    """Whom to show first: those at the agency who do what the meeting is about."""
    return next(iter(meeting["audience"]["roles"]), "")

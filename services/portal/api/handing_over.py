"""Handing something over to a colleague, who looks after it from then on: a meeting, a way of working."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.client import Question
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id, Words

router = APIRouter()
_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is handed over."""

    path: str
    """Of its service."""
    page: str
    here: str
    field: str
    """In which its service has who keeps it."""
    title: str
    agency: str
    keeper: str
    first: dict[str, str]
    """Whom of the agency to show before anybody is looked for."""
    heading: str
    lead: str


@router.get("/meetings/{meeting_id}/convenor", summary="Hand a meeting over / Lämna över ett möte")
async def show_convenor(visit: SignedIn, meeting_id: Id, q: Words = "") -> Response:
    return await _show(visit, await _meeting(visit, meeting_id), q, Form())


@router.post("/meetings/{meeting_id}/convenor", summary="Hand it over / Lämna över det")
async def hand_meeting_over(visit: SignedIn, meeting_id: Id) -> Response:
    return await _hand_over(visit, await _meeting(visit, meeting_id))


@router.get("/practice/{practice_id}/owner", summary="Hand it over / Lämna över det")
async def show_owner(visit: SignedIn, practice_id: Id, q: Words = "") -> Response:
    return await _show(visit, await _practice(visit, practice_id), q, Form())


@router.post("/practice/{practice_id}/owner", summary="Hand it over / Lämna över det")
async def hand_practice_over(visit: SignedIn, practice_id: Id) -> Response:
    return await _hand_over(visit, await _practice(visit, practice_id))


async def _meeting(visit: Visit, meeting_id: str) -> Kept:
    path, page = f"/events/v1/meetings/{meeting_id}", f"/meetings/{meeting_id}"
    meeting = (await visit.need(path)).body
    role = next(iter(meeting["audience"]["roles"]), "")
    return Kept(
        path=path,
        page=page,
        here=f"{page}/convenor",
        field="convenor_id",
        title=meeting["title"],
        agency=meeting["convenor_agency"],
        keeper=meeting["convenor_id"],
        first={"role": role} if role else {},
        heading=visit.say("Hand over the meeting"),
        lead=visit.say(
            "Whoever takes over convenes the meeting from then on, and gets an email about it. Those who are "
            "invited do not."
        ),
    )


async def _practice(visit: Visit, practice_id: str) -> Kept:
    path, page = f"/directory/v1/practices/{practice_id}", f"/practice/{practice_id}"
    practice = (await visit.need(path)).body
    return Kept(
        path=path,
        page=page,
        here=f"{page}/owner",
        field="owner_id",
        title=practice["title"],
        agency=practice["agency"],
        keeper=(practice["owner"] or {}).get("id", ""),
        first={},
        heading=visit.say("Hand over the way of working"),
        lead=visit.say("Whoever takes over looks after it from then on, and gets an email about it."),
    )


async def _hand_over(visit: Visit, kept: Kept) -> Response:
    _require_keeper(visit, kept)
    form = visit.form
    if not (who := form.text("to")):
        form.refuse("to", visit.say("Choose who takes over."))
    else:
        part = await visit.send("PATCH", kept.path, {kept.field: who}, If_Match="*")
        if part.ok:
            return visit.go(kept.page, "handed_over")
        form.refuse("to", next(iter(visit.refusal(part).wrong.values())))
    return await _show(visit, kept, form.text("q"), form, 422)


async def _show(visit: Visit, kept: Kept, q: str, form: Form, status: int = 200) -> Response:
    _require_keeper(visit, kept)
    asked: dict[str, Any] = {"q": q} if q else kept.first
    wanted: Question = ("/directory/v1/people", {**asked, "agency": kept.agency, "limit": _SHOWN})
    found = await visit.get(wanted)
    me = {"id": visit.me.id, "display_name": visit.me.display_name, "title": "", "place": ""}
    others = [one for one in found.items if one["id"] != me["id"]]
    colleagues = [one for one in (me, *others) if one["id"] != kept.keeper]
    return visit.page("hand_over.html", status, kept=kept, found=found, colleagues=colleagues, q=q, form=form)


def _require_keeper(visit: Visit, kept: Kept) -> None:
    if not visit.acts_for(kept.agency, kept.keeper):
        raise HTTPException(403)

"""Meetings: what there is, one of them, and answering."""

from fastapi import APIRouter, Response

from services.portal.rules.signing_in import onward
from services.portal.store import people
from services.portal.web.client import Part
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()
_ORDER = ("accepted", "tentative", "offered", "waiting", "invited", "declined", "cancelled")
_SHOWN = 50


@router.get("/meetings", summary="Meetings / Möten")
async def list_meetings(visit: SignedIn, page: int = 1, held: bool = False) -> Response:
    number, now = max(1, page), visit.now.isoformat()
    those = {"starts_before": now, "latest_first": True, "state": "invited"} if held else {"starts_from": now}
    parts = await visit.ask(
        meetings=("/events/v1/meetings", {**those, "limit": 20, "page": number}),
        mine=("/events/v1/participations", {"person_id": visit.me.id}),
    )
    states = {one["meeting"]["id"]: one for one in parts["mine"].items}
    return visit.page("meetings.html", meetings=parts["meetings"], states=states, number=number, held=held)


@router.get("/meetings/{meeting_id}", summary="A meeting / Ett möte")
async def show_meeting(visit: SignedIn, meeting_id: Id, page: int = 1) -> Response:
    return await _show(visit, meeting_id, Form(), number=max(1, page))


@router.post("/meetings/{meeting_id}/answer", summary="Answer / Svara")
async def answer_meeting(visit: SignedIn, meeting_id: Id) -> Response:
    wish = visit.form.pressed("answer", "accepted", "tentative", "declined")
    path = f"/events/v1/meetings/{meeting_id}/participants/{visit.me.id}/answer"
    part = await visit.send("PUT", path, {"answer": wish})
    if not part.ok:
        return await _refused(visit, meeting_id, part)
    back = visit.form.text("back")
    return visit.go(back if back and onward(back) == back else f"/meetings/{meeting_id}", "answered")


@router.post("/meetings/{meeting_id}/invitations", summary="Invite / Bjud in")
async def invite(visit: SignedIn, meeting_id: Id) -> Response:
    part = await visit.send("POST", f"/events/v1/meetings/{meeting_id}/invitations")
    if part.ok:
        return visit.go(f"/meetings/{meeting_id}", "invited")
    return await _refused(visit, meeting_id, part)


@router.post("/meetings/{meeting_id}/cancellation", summary="Cancel / Ställ in")
async def cancel_meeting(visit: SignedIn, meeting_id: Id) -> Response:
    if not visit.form.text("sure"):
        form = Form()
        form.refuse("sure", visit.say("Tick the box to show that you are sure."))
        return await _show(visit, meeting_id, form, 422)
    part = await visit.send("POST", f"/events/v1/meetings/{meeting_id}/cancellation")
    if part.ok:
        return visit.go(f"/meetings/{meeting_id}", "meeting_cancelled")
    return await _refused(visit, meeting_id, part)


@router.get("/meetings/{meeting_id}/calendar.ics", summary="For the calendar / Till kalendern")
async def calendar(visit: SignedIn, meeting_id: Id) -> Response:
    return await visit.file(f"/events/v1/meetings/{meeting_id}/calendar", "text/calendar", "meeting.ics")


async def _refused(visit: Visit, meeting_id: str, part: Part) -> Response:
    return await _show(visit, meeting_id, visit.refusal(part), 409)


async def _show(visit: Visit, meeting_id: str, form: Form, status: int = 200, *, number: int = 1) -> Response:
    parts = await visit.ask(
        meeting=f"/events/v1/meetings/{meeting_id}",
        participants=(
            f"/events/v1/meetings/{meeting_id}/participants",
            {"limit": _SHOWN, "page": number, "order": "answer"},
        ),
        mine=f"/events/v1/meetings/{meeting_id}/participants/{visit.me.id}",
    )
    meeting = visit.require(parts["meeting"]).body
    draft = meeting["state"] == "draft"
    reach = ("POST", "/events/v1/audiences/preview", meeting["audience"])
    preview = await visit.send(*reach) if draft else None
    # From our own copy, so that nobody waits for one service after another.
    convenor = await people.person(visit.request.app.state.mongo.db, meeting["convenor_id"])
    listed = parts["participants"]
    counts = listed.body["counts"] if listed.ok else {}
    values = {
        "meeting": meeting,
        "preview": preview,
        "listed": listed.items,
        "number": number,
        "tally": [(state, counts[state]) for state in _ORDER if state in counts],
        "mine": parts["mine"].body if parts["mine"].ok else None,
        "convenor": convenor,
        "participants": parts["participants"],
        "came": listed.body["came"] if listed.ok else 0,
        "noted": any(one["attended"] is not None for one in listed.items),
        "convenes": visit.convenes(meeting),
        "begun": visit.is_past(meeting["starts_at"]),
        "form": form,
    }
    return visit.page("meeting.html", status, **values)

"""Answering an invitation from the mail, without signing in (E15): what the mail told, and one's answer."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.store import people
from services.portal.web.forms import Form
from services.portal.web.links import opened
from services.portal.web.policies import Bearer
from services.portal.web.visit import Visit
from shared.web.fields import Secret

router = APIRouter()


@router.get("/answers/{secret}", summary="Answer from the mail / Svara från mejlet")
async def show_answer(visit: Bearer, secret: Secret) -> Response:
    """Answers for nobody: mail programs follow links to check them."""
    found = await opened(visit, f"/notify/v1/answers/{secret}", onward="/meetings")
    if isinstance(found, Response):
        return found
    return await _show(visit, await _acting(visit, found), secret, found, Form())


@router.post("/answers/{secret}", summary="Answer / Svara")
async def answer_by_link(visit: Bearer, secret: Secret) -> Response:
    wish = visit.form.pressed("answer", "accepted", "tentative", "declined")
    found = await opened(visit, f"/notify/v1/answers/{secret}", onward="/meetings")
    if isinstance(found, Response):
        return found
    acting = await _acting(visit, found)
    path = f"/events/v1/meetings/{found['meeting_id']}/participants/{found['person_id']}/answer"
    part = await acting.send("PUT", path, {"answer": wish})
    if part.ok:
        return visit.go(f"/answers/{secret}", "answered")
    return await _show(visit, acting, secret, found, visit.refusal(part), 409)


async def _show(
    visit: Visit, acting: Visit, secret: str, found: dict[str, Any], form: Form, status: int = 200
) -> Response:
    path = f"/events/v1/meetings/{found['meeting_id']}"
    parts = await acting.ask(meeting=path, mine=f"{path}/participants/{found['person_id']}")
    meeting = visit.require(parts["meeting"]).body
    return visit.page(
        "answer.html",
        status,
        meeting=meeting,
        mine=parts["mine"].body if parts["mine"].ok else None,
        begun=visit.is_past(meeting["starts_at"]),
        secret=secret,
        form=form,
    )


async def _acting(visit: Visit, found: dict[str, Any]) -> Visit:
    """As the person whom the mail went to, towards the services alone: on the page nobody has signed in."""
    person = await people.person(visit.request.app.state.mongo.db, found["person_id"])
    if person is None or person.status != "active":
        raise HTTPException(404)
    return replace(visit, person=person)

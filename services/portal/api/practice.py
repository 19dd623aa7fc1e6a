"""How agencies do things: the library, side by side, and taking over (D22)."""

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.client import Part, Question
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id, Words

router = APIRouter()


@router.get("/practice", summary="Practice / Arbetssätt")
async def library(visit: SignedIn, q: Words = "", topic: Words = "") -> Response:
    side: dict[str, Question] = {}
    if topic:
        side["side"] = ("/directory/v1/practices/compare", {"topic": topic})
    parts = await visit.ask(
        topics="/directory/v1/practice-topics",
        practices=("/directory/v1/practices", {"q": q, "topic": topic, "limit": 50}),
        **side,
    )
    return visit.page("practices.html", q=q, topic=topic, **{"side": None, **parts})


@router.get("/practice/{practice_id}", summary="A way of working / Ett arbetssätt")
async def show_practice(visit: SignedIn, practice_id: Id) -> Response:
    return await _show(visit, practice_id, Form())


@router.post("/practice/{practice_id}/adoption", summary="Take it over / Ta över det")
async def adopt(visit: SignedIn, practice_id: Id) -> Response:
    part = await visit.send("POST", f"/directory/v1/practices/{practice_id}/adoptions", {})
    if part.ok:
        return visit.go(f"/practice/{part.body['id']}", "practice_adopted")
    return await _show(visit, practice_id, visit.refusal(part), 409)


@router.get("/new-practice", summary="Write down how you do it / Skriv ner hur ni gör")
async def new_practice(visit: SignedIn, topic: Words = "") -> Response:
    return await _write(visit, Form.of({"topic": topic}))


@router.post("/new-practice", summary="Write down how you do it / Skriv ner hur ni gör")
async def write(visit: SignedIn) -> Response:
    form = visit.form
    body = _content(visit, form)
    if not form.wrong:
        part = await visit.send("POST", "/directory/v1/practices", body)
        if part.ok:
            return visit.go(f"/practice/{part.body['id']}", "practice_written")
        visit.refused(part, form, "title")
    return await _write(visit, form, 422)


@router.get("/practice/{practice_id}/change", summary="Change it / Ändra det")
async def show_practice_change(visit: SignedIn, practice_id: Id) -> Response:
    found = await _own(visit, practice_id)
    kept = {name: found.body[name] for name in ("topic", "title", "text")}
    more = {
        "review_on": _next_review(found.body["review_on"], visit.now.date()),
        "withdrawn": "yes" if found.body["withdrawn"] else "",
        "edition": found.etag,
    }
    return await _write(visit, Form.of({**kept, **more}), practice=found.body)


@router.post("/practice/{practice_id}/change", summary="Change it / Ändra det")
async def change_practice(visit: SignedIn, practice_id: Id) -> Response:
    form, found = visit.form, await _own(visit, practice_id)
    body: dict[str, Any] = {
        **_content(visit, form),
        "review_on": form.text("review_on"),
        "withdrawn": bool(form.text("withdrawn")),
        "caught_up": bool(form.text("caught_up")),
    }
    visit.day(form, "review_on")
    if not form.wrong:
        path = f"/directory/v1/practices/{practice_id}"
        part = await visit.send("PATCH", path, body, If_Match=form.text("edition"))
        if part.ok:
            return visit.go(f"/practice/{practice_id}", "practice_changed")
        visit.was_late(part, form, found.etag)
        visit.refused(part, form)
    return await _write(visit, form, 422, practice=found.body)


def _content(visit: Visit, form: Form) -> dict[str, str]:
    """As the service takes it; what is missing is said on the form."""
    for name, why in (
        ("topic", visit.say("Choose what it is about.")),
        ("title", visit.say("Write what it is called.")),
        ("text", visit.say("Write how you do it.")),
    ):
        if not form.text(name):
            form.refuse(name, why)
    return {name: form.text(name) for name in ("title", "topic", "text")}


def _next_review(planned: str, today: date) -> str:
    """As planned; a year from now where that is soon or past: whoever changes it is reviewing it."""
    soon = today + timedelta(days=60)
    return planned if planned > soon.isoformat() else (today + timedelta(days=365)).isoformat()


async def _own(visit: Visit, practice_id: str) -> Part:
    """
    Raises:
        HTTPException: it is not there, or somebody else's.

    """
    found = await visit.need(f"/directory/v1/practices/{practice_id}")
    if not _keeps(visit, found.body):
        raise HTTPException(403)
    return found


def _keeps(visit: Visit, practice: dict[str, Any]) -> bool:
    return visit.acts_for(practice["agency"], (practice["owner"] or {}).get("id"))


async def _write(
    visit: Visit, form: Form, status: int = 200, *, practice: dict[str, Any] | None = None
) -> Response:
    topics = visit.topics(await visit.get("/directory/v1/practice-topics"))
    if practice and practice["topic"] not in dict(topics):
        topics.append((practice["topic"], practice["topic"]))
    return visit.page("practice_form.html", status, form=form, topics=topics, practice=practice)


async def _show(visit: Visit, practice_id: str, form: Form, status: int = 200) -> Response:
    parts = await visit.ask(
        practice=f"/directory/v1/practices/{practice_id}", topics="/directory/v1/practice-topics"
    )
    practice = visit.require(parts["practice"]).body
    values = {"practice": practice, "topics": parts["topics"], "keeps": _keeps(visit, practice)}
    return visit.page("practice.html", status, **values, form=form)

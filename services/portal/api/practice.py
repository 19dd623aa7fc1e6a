"""How agencies do things: the library, side by side, and taking over (D22)."""

from fastapi import APIRouter, Response

from services.portal.web.client import Question
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
        return visit.go(f"/practice/{part.body['id']}")
    form = Form()
    visit.refused(part, form)
    return await _show(visit, practice_id, form, 409)


@router.get("/new-practice", summary="Write down how you do it / Skriv ner hur ni gör")
async def new_practice(visit: SignedIn, topic: Words = "") -> Response:
    return await _write(visit, Form.of({"topic": topic}))


@router.post("/new-practice", summary="Write down how you do it / Skriv ner hur ni gör")
async def write(visit: SignedIn) -> Response:
    form = visit.form
    for name, why in (
        ("title", visit.say("Write what it is called.")),
        ("topic", visit.say("Choose what it is about.")),
        ("text", visit.say("Write how you do it.")),
    ):
        if not form.text(name):
            form.refuse(name, why)
    if form.wrong:
        return await _write(visit, form, 422)
    body = {name: form.text(name) for name in ("title", "topic", "text")}
    part = await visit.send("POST", "/directory/v1/practices", body)
    if part.ok:
        return visit.go(f"/practice/{part.body['id']}")
    visit.refused(part, form, "title")
    return await _write(visit, form, 422)


async def _write(visit: Visit, form: Form, status: int = 200) -> Response:
    topics = await visit.get("/directory/v1/practice-topics")
    return visit.page("new_practice.html", status, form=form, topics=topics)


async def _show(visit: Visit, practice_id: str, form: Form, status: int = 200) -> Response:
    parts = await visit.ask(
        practice=f"/directory/v1/practices/{practice_id}", topics="/directory/v1/practice-topics"
    )
    practice = visit.require(parts["practice"]).body
    return visit.page("practice.html", status, practice=practice, topics=parts["topics"], form=form)

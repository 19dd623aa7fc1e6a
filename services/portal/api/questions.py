"""Ask the role: a question to those who do the same elsewhere, and their answers (D21)."""

from fastapi import APIRouter, Response

from services.portal.web.client import Part
from services.portal.web.done import Done
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id, Words

router = APIRouter()


@router.get("/questions", summary="Questions / Frågor")
async def list_questions(visit: SignedIn, page: int = 1) -> Response:
    number = max(1, page)
    parts = await visit.ask(
        asked=("/directory/v1/questions", {"asked_me": "true", "state": "open", "limit": 20}),
        mine=("/directory/v1/questions", {"mine": "true", "limit": 20}),
        questions=("/directory/v1/questions", {"page": number, "limit": 20}),
    )
    return visit.page("questions.html", number=number, **parts)


@router.get("/new-question", summary="Ask / Fråga")
async def new_question(visit: SignedIn, title: Words = "") -> Response:
    return visit.page("new_question.html", form=Form.of({"title": title}))


@router.post("/new-question", summary="Ask / Fråga")
async def ask(visit: SignedIn) -> Response:
    form = visit.form
    if not form.text("title"):
        form.refuse("title", visit.say("Write your question in one line."))
    if not form.text("text"):
        form.refuse("text", visit.say("Write a little about why you are asking."))
    if form.text("role") not in visit.speech.roles:
        form.refuse("role", visit.say("Choose who might know."))
    if form.wrong:
        return visit.page("new_question.html", 422, form=form)
    body = {"title": form.text("title"), "text": form.text("text"), "roles": [form.text("role")]}
    part = await visit.send("POST", "/directory/v1/questions", body)
    if part.ok:
        return visit.go(f"/questions/{part.body['id']}", "question_asked")
    visit.refused(part, form, "title")
    return visit.page("new_question.html", 422, form=form)


@router.get("/questions/{question_id}", summary="A question / En fråga")
async def show_question(visit: SignedIn, question_id: Id) -> Response:
    return await _show(visit, question_id, Form())


@router.post("/questions/{question_id}/answers", summary="Answer / Svara")
async def answer_question(visit: SignedIn, question_id: Id) -> Response:
    form = visit.form
    if not form.text("text"):
        form.refuse("text", visit.say("Write an answer."))
        return await _show(visit, question_id, form, 422)
    part = await visit.send(
        "POST", f"/directory/v1/questions/{question_id}/answers", {"text": form.text("text")}
    )
    return await _after(visit, question_id, form, part, "answer_sent")


@router.post("/questions/{question_id}/acceptance/{answer_id}", summary="This helped / Det här hjälpte")
async def accept(visit: SignedIn, question_id: Id, answer_id: Id) -> Response:
    part = await visit.send("POST", f"/directory/v1/answers/{answer_id}/accept")
    return await _after(visit, question_id, Form(), part, "answer_accepted")


@router.post("/questions/{question_id}/closure", summary="Close / Stäng")
async def close(visit: SignedIn, question_id: Id) -> Response:
    if not visit.is_sure:
        return visit.ask_first(
            visit.say("Close the question?"),
            visit.say("Yes, I need no more answers"),
            f"/questions/{question_id}",
            visit.say("Nobody can answer it any more, and it can't be opened again."),
        )
    part = await visit.send("POST", f"/directory/v1/questions/{question_id}/closure")
    return await _after(visit, question_id, Form(), part, "question_closed")


async def _after(visit: Visit, question_id: str, form: Form, part: Part, done: Done) -> Response:
    if part.ok:
        return visit.go(f"/questions/{question_id}", done)
    visit.refused(part, form, "text")
    return await _show(visit, question_id, form, 422)


async def _show(visit: Visit, question_id: str, form: Form, status: int = 200) -> Response:
    question = (await visit.need(f"/directory/v1/questions/{question_id}")).body
    asker = question["asker"]
    mine = bool(asker and asker["id"] == visit.me.id)
    return visit.page("question.html", status, question=question, mine=mine, form=form)

"""Step 9: a question finds those who can answer it, and the answer becomes practice at other agencies."""

from __future__ import annotations

from typing import Any

from agencynet.demo.mailboxes import require_readable
from agencynet.demo.observing import require
from agencynet.demo.scene import Scene
from agencynet.people import Record

_TOPIC = "avtalsuppföljning"
_QUESTION = {
    "title": "Hur följer ni upp ramavtal när ni är få?",
    "text": "Jag är ensam upphandlare och har fyrtio avtal. Hur väljer ni vilka ni följer upp, och hur ofta?",
    "roles": ["upphandlare"],
    "topic": _TOPIC,
    "ask_at_first": 3,
}
_ANSWER = (
    "Vi delar in avtalen efter värde och risk. De tio viktigaste följer vi upp varje kvartal med en mall på "
    "en sida, de andra en gång om året. Mallen skickar jag gärna."
)


async def play(scene: Scene) -> None:
    question = await _send(scene, scene.lone, "/questions", _QUESTION)
    asked = await _asked(scene, question["id"])
    scene.report.saw(f"{scene.who(scene.lone)} asks “{_QUESTION['title']}”; the best peers are asked first")
    mails = await scene.mailboxes.wait_for_all(asked, "directory.question_asked")
    for person in asked:
        require_readable(mails[person.id], person)
    scene.report.lines([(scene.who(person), mails[person.id].subject) for person in asked])
    answer = await _answer(scene, asked[0], question["id"])
    practice = await _write_down(scene, answer["id"])
    await _take_over(scene, practice)


async def _send(scene: Scene, by: Record, path: str, body: dict[str, Any]) -> dict[str, Any]:
    token = scene.network.person(by)
    return (await scene.network.send("POST", f"/directory/v1{path}", token, body)).body


async def _asked(scene: Scene, question_id: str) -> list[Record]:
    """Who were asked, of this story's people: others may have been here before it."""
    whole = await scene.network.get(
        f"/directory/v1/questions/{question_id}", scene.network.person(scene.lone)
    )
    ids = {one["id"] for one in whole["asked_people"]}
    require("Three peers are asked", len(ids) == _QUESTION["ask_at_first"], whole["asked_people"])
    asked = [one for one in scene.cast.everybody if one.id in ids]
    agencies = {one["agency"] for one in whole["asked_people"]}
    require("Peers are at other agencies", asked and scene.lone.agency not in agencies, whole["asked_people"])
    return asked


async def _answer(scene: Scene, by: Record, question_id: str) -> dict[str, Any]:
    answer = await _send(scene, by, f"/questions/{question_id}/answers", {"text": _ANSWER})
    mail = await scene.mailboxes.wait_for(scene.lone, "directory.question_answered")
    require_readable(mail, scene.lone)
    require("The answer is in the mail, with who gave it", by.name in mail.text, mail.text)
    accepted = await _send(scene, scene.lone, f"/answers/{answer['id']}/accept", {})
    require("The question is closed, because it is answered", accepted["state"] == "closed", accepted)
    thanks = await scene.mailboxes.wait_for(by, "directory.answer_accepted")
    require_readable(thanks, by)
    scene.report.saw(f"{scene.who(by)} answers, it helps, and the question is closed")
    return answer


async def _write_down(scene: Scene, answer_id: str) -> dict[str, Any]:
    practice = await _send(scene, scene.lone, "/practices", {"from_answer_id": answer_id})
    require("The practice holds the answer", practice["text"] == _ANSWER, practice)
    scene.report.saw(f"The answer becomes practice at {scene.names[scene.lone.agency]}, with its source")
    return practice


async def _take_over(scene: Scene, practice: dict[str, Any]) -> None:
    """Another agency takes it over, and hears when the original changes."""
    adopter = next(one for one in scene.cast.visible("upphandlare", "spsm") if one is not scene.left)
    adopted = await _send(scene, adopter, f"/practices/{practice['id']}/adoptions", {})
    require("The chain leads to the original", adopted["chain"][0]["id"] == practice["id"], adopted["chain"])
    more = {"text": _ANSWER + " Nytt: vi går igenom resultatet tillsammans i nätverket varje höst."}
    path = f"/directory/v1/practices/{practice['id']}"
    await scene.network.send("PATCH", path, scene.network.person(scene.lone), more)
    mail = await scene.mailboxes.wait_for(adopter, "directory.practice_changed")
    require_readable(mail, adopter)
    token = scene.network.system(scene.lone.agency)
    compared = await scene.network.get("/directory/v1/practices/compare", token, topic=_TOPIC)
    have = {one["agency"] for one in compared["agencies"] if one["practices"]}
    require("Both agencies can be compared", {scene.lone.agency, adopter.agency} <= have, have)
    scene.report.saw(f"{scene.who(adopter)} takes it over, and hears when the original changes")

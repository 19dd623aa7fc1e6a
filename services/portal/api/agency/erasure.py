"""A coordinator erases somebody: first what would go, then a yes, then a receipt of every service (O1)."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.forms import Form
from services.portal.web.labels import ERASED, SERVICES
from services.portal.web.policies import Coordinator
from services.portal.web.privacy import PATH, once_answered
from services.portal.web.visit import Visit
from shared.contracts.ids import person_id
from shared.web.fields import Id, Words

router = APIRouter()
_SHOWN = 20


@router.get("/agency/erasure", summary="Erase somebody / Ta bort någon")
async def show_erasures(visit: Coordinator, q: Words = "") -> Response:
    return await _show(visit, q, Form())


@router.post("/agency/erasure", summary="What would go? / Vad skulle tas bort?")
async def try_erasure(visit: Coordinator) -> Response:
    """Somebody who is not found by name, because they have left or have protected identity, is told by their
    employee id.
    """
    form, agency = visit.form, visit.me.agency
    number = form.text("employee_id")
    who = form.text("who") or (person_id(agency, number) if number else "")
    if not who:
        form.refuse("who", visit.say("Choose a colleague or write an employee id."))
        return await _show(visit, form.text("q"), form, 422)
    part = await visit.get(f"/directory/v1/people/{who}")
    if part.status == 404 or (part.ok and part.body["agency"] != agency):
        field = "who" if form.text("who") else "employee_id"
        form.refuse(field, visit.say("Nobody at your agency was found."))
        return await _show(visit, form.text("q"), form, 422)
    return await _ask(visit, visit.require(part).body["id"], dry_run=True)


@router.get("/agency/erasure/{erasure_id}", summary="What goes, and who has done it / Vad som tas bort")
async def show_erasure(visit: Coordinator, erasure_id: Id) -> Response:
    asked = await _asked(visit, erasure_id)
    person = None
    if asked["kind"] == "count" and asked["person_id"]:
        person = await visit.get(f"/directory/v1/people/{asked['person_id']}")
    return visit.page(
        "agency_erasure_state.html",
        asked=asked,
        person=person.body if person and person.ok else None,
        services=visit.labels.of(SERVICES),
        actions=visit.labels.of(ERASED),
    )


@router.post("/agency/erasure/{erasure_id}", summary="Erase them / Ta bort personen")
async def erase(visit: Coordinator, erasure_id: Id) -> Response:
    asked = await _asked(visit, erasure_id)
    if asked["kind"] != "count" or not asked["person_id"]:
        raise HTTPException(404)
    if not visit.is_sure:
        return visit.ask_first(
            visit.say("Erase this person everywhere?"),
            visit.say("Yes, erase"),
            f"/agency/erasure/{erasure_id}",
            visit.say(
                "It can't be undone. If your HR system goes on reporting the person, they are entered again."
            ),
        )
    return await _ask(visit, asked["person_id"], dry_run=False)


async def _ask(visit: Visit, who: str, *, dry_run: bool) -> Response:
    path = f"/directory/v1/people/{who}/erasure"
    part = visit.require(await visit.send("POST", path, {"dry_run": dry_run}))
    asked = await once_answered(visit, part.body["request"]["id"])
    return visit.go_on(f"/agency/erasure/{asked['id']}")


async def _asked(visit: Visit, erasure_id: str) -> dict[str, Any]:
    asked = (await visit.need(f"{PATH}/{erasure_id}")).body
    if asked["kind"] == "export" or asked["agency"] != visit.me.agency:
        raise HTTPException(404)
    return asked


async def _show(visit: Visit, q: str, form: Form, status: int = 200) -> Response:
    parts = await visit.ask(
        found=("/directory/v1/people", {"q": q, "agency": visit.me.agency, "limit": _SHOWN}),
        listed=(PATH, {"limit": 50}),
    )
    colleagues = parts["found"].items if q else []
    erased = [one for one in parts["listed"].items if one["kind"] == "erasure"]
    return visit.page(
        "agency_erasure.html", status, q=q, form=form, colleagues=colleagues, erased=erased[:20], **parts
    )

"""What others say is wrong about the agency's people, for its coordinator to decide (D8)."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.store import people
from services.portal.web.forms import Form
from services.portal.web.policies import Coordinator
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()
_DECIDED = 20


@router.get("/agency/corrections", summary="Corrections / Rättelser")
async def show_corrections(visit: Coordinator, page: int = 1) -> Response:
    return await _show(visit, Form(), number=max(1, page))


@router.post("/agency/corrections/{correction_id}", summary="Decide / Besluta")
async def decide_correction(visit: Coordinator, correction_id: Id) -> Response:
    form = visit.form
    decision = form.pressed("decision", "accepted", "rejected")
    path = f"/directory/v1/corrections/{correction_id}/decision"
    part = await visit.send("POST", path, {"decision": decision, "answer": form.text("answer")})
    if part.ok:
        return visit.go("/agency/corrections", "correction_decided")
    visit.refused(part, form)
    # Of several forms on the page, what was typed belongs to this one.
    form.values["about"] = [correction_id]
    return await _show(visit, form, part.status)


async def _show(visit: Visit, form: Form, status: int = 200, *, number: int = 1) -> Response:
    parts = await visit.ask(
        waiting=("/directory/v1/corrections", {"state": "waiting", "limit": 10, "page": number}),
        latest=("/directory/v1/corrections", {"limit": _DECIDED}),
    )
    decided = [one for one in parts["latest"].items if one["state"] != "waiting"]
    shown = [*parts["waiting"].items, *decided]
    ids = {id_ for one in shown for id_ in (one["person_id"], one["proposer_id"]) if id_}
    values: dict[str, Any] = {
        "form": form,
        "number": number,
        "decided": decided,
        # From our own copy, so that nobody waits for one answer after another.
        "people": await people.many(visit.request.app.state.mongo.db, ids),
    }
    return visit.page("agency_corrections.html", status, waiting=parts["waiting"], **values)

"""So many are said to have left that the coordinator is asked first (D13)."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.forms import Form
from services.portal.web.policies import Coordinator
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()


@router.get("/agency/leaves", summary="Have they left? / Har de slutat?")
async def show_leaves(visit: Coordinator, page: int = 1) -> Response:
    return await _show(visit, Form(), number=max(1, page))


@router.post("/agency/leaves/{mass_leave_id}", summary="Decide / Besluta")
async def decide(visit: Coordinator, mass_leave_id: Id) -> Response:
    decision = visit.form.pressed("decision", "release", "refuse")
    if decision == "release" and not visit.is_sure:
        return visit.ask_first(
            visit.say("Have they all left?"),
            visit.say("Yes, they have left"),
            "/agency/leaves",
            visit.say("They lose their seats and groups, and what they look after is handed over."),
        )
    path = f"/directory/v1/mass-leaves/{mass_leave_id}/decision"
    part = await visit.send("POST", path, {"decision": decision})
    if part.ok:
        return visit.go("/agency/leaves", "leaves_decided")
    return await _show(visit, visit.refusal(part), part.status)


async def _show(visit: Visit, form: Form, status: int = 200, *, number: int = 1) -> Response:
    leaves = await visit.get(("/directory/v1/mass-leaves", {"limit": 20}))
    # An agency has at most one that is open.
    waiting = next((one for one in leaves.items if one["state"] == "open"), None)
    path = f"/directory/v1/mass-leaves/{waiting['id']}" if waiting else ""
    held = await visit.get((path, {"limit": 50, "page": number})) if waiting else None
    values: dict[str, Any] = {
        "form": form,
        "number": number,
        "leaves": leaves,
        "waiting": waiting,
        "held": held,
    }
    return visit.page("agency_leaves.html", status, **values)

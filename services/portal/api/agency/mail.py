"""People at the agency whom the network's emails do not reach (N7, N17)."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.store import people
from services.portal.web.forms import Form
from services.portal.web.policies import Coordinator
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()


@router.get("/agency/mail", summary="Emails that did not arrive / Mejl som inte kom fram")
async def show_agency_mail(visit: Coordinator, page: int = 1) -> Response:
    return await _show(visit, Form(), number=max(1, page))


@router.post("/agency/mail/{person_id}", summary="Mail this address again / Mejla adressen igen")
async def try_again(visit: Coordinator, person_id: Id) -> Response:
    part = await visit.send("DELETE", f"/notify/v1/suppressions/{person_id}")
    if part.ok:
        return visit.go("/agency/mail", "address_again")
    return await _show(visit, visit.refusal(part), part.status)


async def _show(visit: Visit, form: Form, status: int = 200, *, number: int = 1) -> Response:
    slug = visit.me.agency
    parts = await visit.ask(
        tasks=("/notify/v1/tasks", {"agency": slug, "limit": 20, "page": number}),
        failed=("/notify/v1/notifications", {"state": "failed", "limit": 20}),
    )
    ids = {one["person_id"] for part in parts.values() for one in part.items}
    values: dict[str, Any] = {
        "form": form,
        "number": number,
        "people": await people.many(visit.request.app.state.mongo.db, ids),
    }
    return visit.page("agency_mail.html", status, **values, **parts)

"""Who did and read what of the agency's own (O2)."""

from typing import Any, Literal

from fastapi import APIRouter, Response

from services.portal.store import people
from services.portal.web.policies import Coordinator
from services.portal.web.words import mark

router = APIRouter()
Of = Literal["directory", "courses", "notify"]
_NAMED: dict[Of, str] = {
    "directory": mark("People and systems"),
    "courses": mark("Courses"),
    "notify": mark("Email"),
}


@router.get("/agency/audit", summary="Who did what / Vem gjorde vad")
async def show_audit(visit: Coordinator, of: Of = "directory", page: int = 1) -> Response:
    number = max(1, page)
    found = await visit.get((f"/{of}/v1/audit-entries", {"limit": 20, "page": number}))
    ids = {id_ for one in found.items for id_ in (one["by"]["person_id"], one["person_id"]) if id_}
    values: dict[str, Any] = {
        "of": of,
        "services": [(service, visit.say(name)) for service, name in _NAMED.items()],
        "found": found,
        "number": number,
        "people": await people.many(visit.request.app.state.mongo.db, ids),
    }
    return visit.page("agency_audit.html", **values)

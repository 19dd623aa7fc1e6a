"""Which of the agency's records could not be taken in, and why."""

from fastapi import APIRouter, Response

from services.portal.web.policies import Coordinator

router = APIRouter()


@router.get("/agency/refused", summary="Refused records / Avvisade poster")
async def show_refused(visit: Coordinator, page: int = 1) -> Response:
    number = max(1, page)
    path = f"/directory/v1/agencies/{visit.me.agency}/refused"
    parts = await visit.ask(refused=(path, {"limit": 20, "page": number}))
    return visit.page("agency_refused.html", number=number, **parts)

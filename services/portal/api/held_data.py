"""All that is held on me, from every service (O1, P11)."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.labels import SERVICES
from services.portal.web.policies import SignedIn
from services.portal.web.privacy import PATH, once_answered
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()


@router.get("/me/held", summary="All that is held on me / Allt som finns om mig")
async def show_held(visit: SignedIn) -> Response:
    listed = await visit.get((PATH, {"limit": 50}))
    mine = [one for one in listed.items if one["kind"] == "export" and one["person_id"] == visit.me.id]
    return visit.page("me_held.html", listed=listed, asked=mine[:5])


@router.post("/me/held", summary="Ask for it / Begär det")
async def ask(visit: SignedIn) -> Response:
    part = visit.require(await visit.send("POST", f"/directory/v1/people/{visit.me.id}/export"))
    asked = await once_answered(visit, part.body["request"]["id"])
    return visit.go_on(f"/me/held/{asked['id']}")


@router.get("/me/held/{request_id}", summary="Who has answered / Vilka som har svarat")
async def show_answers(visit: SignedIn, request_id: Id) -> Response:
    asked = await _mine(visit, request_id)
    return visit.page("me_held_answers.html", asked=asked, services=visit.labels.of(SERVICES))


@router.get("/me/held/{request_id}/my-data.json", summary="Everything, to keep / Allt, att spara")
async def download(visit: SignedIn, request_id: Id) -> Response:
    await _mine(visit, request_id)
    return await visit.file(f"{PATH}/{request_id}/export", "application/json", "my-data.json")


async def _mine(visit: Visit, request_id: str) -> dict[str, object]:
    """A coordinator may fetch others', but not here."""
    asked = (await visit.need(f"{PATH}/{request_id}")).body
    if asked["kind"] != "export" or asked["person_id"] != visit.me.id:
        raise HTTPException(404)
    return asked

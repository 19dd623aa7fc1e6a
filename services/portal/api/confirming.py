"""Is this still right? From the mail, without signing in (D7)."""

from fastapi import APIRouter, Response

from services.portal.web.links import opened
from services.portal.web.policies import Bearer
from shared.web.fields import Secret

router = APIRouter()


@router.get("/confirmations/{secret}", summary="Is this still right? / Stämmer det här fortfarande?")
async def show_confirmation(visit: Bearer, secret: Secret) -> Response:
    found = await opened(visit, _path(secret), onward="/me")
    if isinstance(found, Response):
        return found
    return visit.page("confirmation.html", found=found, me=found["profile"], secret=secret)


@router.post("/confirmations/{secret}", summary="It is still right / Det stämmer fortfarande")
async def confirm(visit: Bearer, secret: Secret) -> Response:
    found = await opened(visit, _path(secret), onward="/me", method="POST")
    return found if isinstance(found, Response) else visit.go_on(f"/confirmations/{secret}")


def _path(secret: str) -> str:
    return f"/directory/v1/confirmations/{secret}"

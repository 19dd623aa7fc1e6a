"""The other language, on any page."""

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from services.portal.rules.signing_in import onward
from services.portal.web.policies import Anybody
from services.portal.web.visit import LANGUAGE_COOKIE
from shared.contracts.types import Language

router = APIRouter()
_YEAR = 31_536_000


@router.get("/language/{chosen}", summary="Choose a language / Välj språk")
async def choose(visit: Anybody, chosen: Language, back: str = "/") -> Response:
    answer = RedirectResponse(back if onward(back) == back else "/", 303)
    answer.set_cookie(
        LANGUAGE_COOKIE,
        chosen,
        max_age=_YEAR,
        secure=visit.portal.settings.secure,
        httponly=True,
        samesite="lax",
    )
    return answer

"""The mails' templates, and how they look."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from services.notify.handlers.reading import all_templates
from services.notify.handlers.reading import preview as preview_of
from services.notify.models import Preview, Templates
from shared.auth import Caller
from shared.contracts.types import Language
from shared.web.fields import Words
from shared.web.needs import Db
from shared.web.policy import Bearer

router = APIRouter(prefix="/notify/v1", tags=["templates"])
_read = Bearer("notify:read", people=True)


async def _portal_url(request: Request) -> str:
    return request.app.state.portal_url


PortalUrl = Annotated[str, Depends(_portal_url)]


@router.get("/templates", summary="All templates / Alla mallar")
async def templates(_caller: Annotated[Caller, Depends(_read)]) -> Templates:
    """One a kind and language / En per sort och språk."""
    return Templates(items=all_templates())


@router.get(
    "/templates/{kind}/{language}/preview",
    summary="How a mail looks / Så ser mejlet ut",
    response_model=Preview,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def preview(
    request: Request,
    db: Db,
    portal: PortalUrl,
    kind: Annotated[str, Path(max_length=100, examples=["events.invited"])],
    language: Language,
    caller: Annotated[Caller, Depends(_read)],
    notification: Annotated[
        Words | None, Query(description="Show it with this one's data / Visa med dess uppgifter")
    ] = None,
) -> Preview | Response:
    """As JSON, or with `Accept: text/html` as the mail itself / Som JSON eller som själva mejlet."""
    found = await preview_of(db, caller, portal, kind, language, notification)
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(
            found.html,
            headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"},
        )
    return found

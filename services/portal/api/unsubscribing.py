"""No more mails of a kind, from the mail itself: by the page, or by the mail program's one click (N8)."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.links import opened
from services.portal.web.policies import Bearer
from services.portal.web.visit import Visit
from shared.web.fields import Secret

router = APIRouter()
_ONWARD = "/me/mail"


@router.get("/unsubscribe/{secret}", summary="No more of these? / Inga fler sådana?")
async def show_unsubscription(visit: Bearer, secret: Secret) -> Response:
    return await _show(visit, secret, await opened(visit, _path(secret), onward=_ONWARD))


@router.post("/unsubscribe/{secret}", summary="No more of these / Inga fler sådana")
async def unsubscribe(visit: Bearer, secret: Secret) -> Response:
    """A mail program's click is answered here: RFC 8058 wants no redirect. Our own button says what it is."""
    found = await opened(visit, _path(secret), onward=_ONWARD, method="POST")
    if visit.form.text("page") and not isinstance(found, Response):
        return visit.go_on(f"/unsubscribe/{secret}")
    return await _show(visit, secret, found)


@router.post("/unsubscribe/{secret}/return", summary="I want them after all / Jag vill ha dem ändå")
async def take_back(visit: Bearer, secret: Secret) -> Response:
    found = await opened(visit, _path(secret), onward=_ONWARD, method="DELETE")
    return found if isinstance(found, Response) else visit.go(f"/unsubscribe/{secret}", "mail_back")


def _path(secret: str) -> str:
    return f"/notify/v1/unsubscribe/{secret}"


async def _show(visit: Visit, secret: str, found: dict[str, Any] | Response) -> Response:
    if isinstance(found, Response):
        return found
    kind = visit.labels.kind(found["kind"])
    return visit.page("unsubscribe.html", kind=kind, off=found["choice"] == "never", secret=secret)

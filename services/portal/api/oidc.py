"""Signing in at one's agency, by its own identity provider (OpenID Connect)."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from services.portal.handlers import oidc
from services.portal.handlers.signing_in import begin_session
from services.portal.rules.signing_in import onward as local
from services.portal.web.policies import Anybody, drop_cookie, keep_cookie, new_visit
from services.portal.web.providers import ProviderFailed
from services.portal.web.visit import Visit
from shared.contracts.types import Slug

log = structlog.get_logger()
router = APIRouter()
Text = Annotated[str, Query(max_length=4_000)]


@router.get("/sign-in/with/{agency}", summary="To one's agency / Till sin myndighet")
async def go_there(visit: Anybody, agency: Slug, hint: Text = "", onward: Text = "/") -> Response:
    provider = visit.portal.providers.of(agency)
    if provider is None:
        raise HTTPException(404)
    browser, db = new_visit(visit), visit.request.app.state.mongo.db
    login = await oidc.begin(db, agency, browser, local(onward), visit.now)
    try:
        address = await visit.portal.providers.address(provider, login, hint)
    except ProviderFailed as error:
        return _failed(visit, agency, str(error), 502)
    answer = RedirectResponse(address, 303)
    keep_cookie(answer, visit.portal, "visit", browser, 1)
    return answer


@router.get("/sign-in/callback", summary="Back from there / Tillbaka därifrån")
async def come_back(visit: Anybody, state: Text = "", code: Text = "", error: Text = "") -> Response:
    """What the provider says of an error is for its own log: it is not shown, and not kept here."""
    db = visit.request.app.state.mongo.db
    taken = await oidc.take(db, state, visit.secret, visit.now) if state and visit.secret else None
    if taken is None:
        return visit.page("sign_in_failed.html", 400)
    login, kept = taken
    provider = visit.portal.providers.of(kept["agency"])
    if provider is None or error or not code:
        return _failed(visit, kept["agency"], "refused_there", 403)
    try:
        claims = await visit.portal.providers.claims(provider, code, login, visit.now)
    except ProviderFailed as failure:
        return _failed(visit, kept["agency"], str(failure), 502)
    person = await oidc.who(db, kept["agency"], provider, claims)
    if person is None:
        log.info("login.unknown", agency=kept["agency"])
        return visit.page("sign_in_unknown.html", 403, agency=kept["agency"])
    days = visit.portal.settings.session_days
    answer = visit.go(kept["onward"])
    keep_cookie(answer, visit.portal, "session", await begin_session(db, person, days, visit.now), days)
    drop_cookie(answer, visit.portal, "visit")
    return answer


def _failed(visit: Visit, agency: str, why: str, status: int) -> Response:
    log.warning("login.failed", agency=agency, reason=why)
    return visit.page("sign_in_failed.html", status)

"""Signing in at one's agency, by its own identity provider (OpenID Connect)."""

from collections.abc import Sequence
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from services.portal.handlers import oidc
from services.portal.handlers.signing_in import begin_session, new_link
from services.portal.models import Reader
from services.portal.rules.signing_in import onward as local
from services.portal.web.policies import Anybody, drop_cookie, keep_cookie, keep_visit, new_visit
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
    keep_visit(answer, visit)
    return answer


@router.get("/sign-in/callback/{agency}", summary="Back from there / Tillbaka därifrån")
async def come_back(
    *, visit: Anybody, agency: Slug, state: Text = "", code: Text = "", error: Text = "", iss: Text = ""
) -> Response:
    """An address of its own for each agency: an answer to an attempt that was begun at another is refused,
    and its code is passed on to nobody (RFC 9700 4.4). What the provider says of an error is for its own log:
    it is not shown, and not kept here.
    """
    db, portal = visit.request.app.state.mongo.db, visit.portal
    taken = await oidc.take(db, state, visit.secret, agency, visit.now) if state and visit.secret else None
    if taken is None:
        return visit.page("sign_in_failed.html", 400)
    login, to = taken
    provider = portal.providers.of(agency)
    if provider is None:
        return _failed(visit, agency, "no_provider", 403)
    try:
        await portal.providers.require_issuer(provider, iss)
        if error or not code:
            return _failed(visit, agency, "refused_there", 403)
        claims = await portal.providers.claims(provider, code, login, visit.now)
    except ProviderFailed as failure:
        return _failed(visit, agency, str(failure), 502)
    return await _let_in(visit, agency, await oidc.who(db, agency, provider, claims), to)


async def _let_in(visit: Visit, agency: str, found: Sequence[Reader], to: str) -> Response:
    """The one person who is meant; by the page that asks which where they have several records."""
    if not found:
        log.info("login.unknown", agency=agency)
        return visit.page("sign_in_unknown.html", 403, agency=agency)
    mongo, days = visit.request.app.state.mongo, visit.portal.settings.session_days
    if len(found) > 1:
        return visit.go_on(f"/sign-in/{await new_link(mongo, found, to, visit.now)}")
    answer = visit.go(to, "signed_in")
    session = await begin_session(mongo.db, found[0], days, visit.now)
    keep_cookie(answer, visit.portal, "session", session, days)
    drop_cookie(answer, visit.portal, "visit")
    return answer


@router.get("/sign-in/callback", summary="Back to an address that is no agency's / Tillbaka till fel adress")
async def come_back_to_nobody(visit: Anybody) -> Response:
    """Where a provider still has the address registered that was common to all agencies. Nothing is read."""
    log.warning("login.failed", reason="common_callback")
    return visit.page("sign_in_failed.html", 400)


def _failed(visit: Visit, agency: str, why: str, status: int) -> Response:
    log.warning("login.failed", agency=agency, reason=why)
    return visit.page("sign_in_failed.html", status)

"""Signing in by a link that comes by mail, and out again."""

import asyncio
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from pydantic import TypeAdapter, ValidationError

from services.portal.handlers import signing_in as handlers
from services.portal.rules.signing_in import LINK_MINUTES, onward
from services.portal.store import links
from services.portal.web.forms import Form
from services.portal.web.links import GONE
from services.portal.web.policies import Anybody, SignedIn, drop_cookie, keep_cookie, keep_visit, new_visit
from services.portal.web.visit import Visit, require
from shared.auth import digest
from shared.contracts.types import Address
from shared.formats.addresses import canonical
from shared.web.fields import Secret

router = APIRouter()
_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)


@router.get("/sign-in", summary="Sign in / Logga in")
async def sign_in(visit: Anybody, onward: str = "/") -> Response:
    if visit.person:
        return visit.go_on("/")
    return _form(visit, Form.of({"onward": onward}))


@router.post("/sign-in", summary="Ask for a link / Be om en länk")
async def ask_for_link(visit: Anybody) -> Response:
    """Answers the same and as late whether anybody has the address."""
    form = visit.form
    try:
        address = _ADDRESS.validate_python(canonical(form.text("email")))
    except ValidationError:
        form.refuse("email", visit.say("Write your work email address, such as anna.berg@agency.se."))
        return _form(visit, form, 422)
    if there := await _own_sign_in(visit, address, onward(form.text("onward"))):
        return there
    client = visit.request.client.host if visit.request.client else ""
    asked = handlers.Asked(address, client, onward(form.text("onward")))
    settings, mongo = visit.portal.settings, visit.request.app.state.mongo
    late = asyncio.create_task(asyncio.sleep(settings.sign_in_seconds))
    try:
        await handlers.ask_for_link(mongo, asked, visit.now)
    except handlers.TooManyTries:
        return visit.page("sign_in_many.html", 429)
    finally:
        await late
    return visit.page("sign_in_sent.html", address=address, minutes=LINK_MINUTES)


async def _own_sign_in(visit: Visit, address: str, to: str) -> Response | None:
    """Where the agency has a provider of its own, signing in is its business: no link by mail goes past it. A
    page in between, because a form may lead to no other site.
    """
    agency = await handlers.agency_of(visit.request.app.state.mongo.db, address)
    if agency is None or visit.portal.providers.of(agency.id) is None:
        return None
    there = f"/sign-in/with/{agency.id}?{urlencode({'hint': address, 'onward': to})}"
    return visit.page("sign_in_with.html", agency=agency.id, there=there)


@router.get("/sign-in/{secret}", summary="The link from the mail / Länken från mejlet")
async def show_link(visit: Anybody, secret: Secret) -> Response:
    """Shows a button and uses nothing up: mail programs follow links to check them."""
    db = visit.request.app.state.mongo.db
    found = await handlers.choices(db, await _link_id(visit, secret), visit.now)
    answer = visit.page("sign_in_link.html", secret=secret, choices=found, csrf=_csrf(visit))
    keep_visit(answer, visit)
    return answer


@router.post("/sign-in/{secret}", summary="Use the link / Använd länken")
async def use_link(visit: Anybody, secret: Secret) -> Response:
    portal = visit.portal
    days = portal.settings.session_days
    chosen = visit.form.text("who")
    db = visit.request.app.state.mongo.db
    used = await handlers.use_link(db, await _link_id(visit, secret), chosen, days, visit.now)
    if used is None:
        return visit.page("sign_in_old.html", 410)
    answer = visit.go(used.onward, "signed_in")
    keep_cookie(answer, portal, "session", used.secret, days)
    drop_cookie(answer, portal, "visit")
    return answer


async def _link_id(visit: Visit, secret: str) -> str:
    """Of a link that we made ourselves, or that notify made when it wrote the mail.

    Raises:
        HTTPException: it may be notify's, and notify is down.

    """
    own = digest(secret)
    if await links.find(visit.request.app.state.mongo.db, own):
        return own
    part = await visit.get(f"/notify/v1/sign-ins/{secret}")
    return own if part.status in GONE else handlers.mailed(require(part).body["attempt"])


@router.post("/sign-out", summary="Sign out / Logga ut")
async def sign_out(visit: SignedIn) -> Response:
    db = visit.request.app.state.mongo.db
    everywhere = bool(visit.form.text("everywhere"))
    if everywhere:
        await handlers.end_all(db, visit.me.id)
    else:
        await handlers.end_session(db, visit.secret)
    answer = visit.go("/sign-in", "signed_out_everywhere" if everywhere else "signed_out")
    drop_cookie(answer, visit.portal, "session")
    return answer


def _form(visit: Visit, form: Form, status: int = 200) -> Response:
    csrf = _csrf(visit)
    answer = visit.page("sign_in.html", status, form=form, csrf=csrf)
    keep_visit(answer, visit)
    return answer


def _csrf(visit: Visit) -> str:
    new_visit(visit)
    return visit.csrf

"""Who may open a page. Every route says so, as in every service."""

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.portal.handlers import signing_in
from services.portal.store import people
from services.portal.web import forms
from services.portal.web.portal import Portal
from services.portal.web.visit import Visit
from shared.web.policy import Policy

Allowed = Callable[[Visit], bool]
_DAY = 86_400


class NotSignedIn(Exception):  # noqa: N818
    """Who reads this must sign in first."""


class NotTheirs(HTTPException):
    """The page is there, for those who are `trusted` with it: "coordinators" or "steering"."""

    def __init__(self, trusted: str) -> None:
        super().__init__(403)
        self.trusted = trusted


def cookie(portal: Portal, name: str) -> str:
    """With a name that only https may set, where there is https."""
    return f"__Host-{name}" if portal.settings.secure else name


def keep_cookie(response: Response, portal: Portal, name: str, value: str, days: int) -> None:
    response.set_cookie(
        cookie(portal, name),
        value,
        max_age=days * _DAY,
        secure=portal.settings.secure,
        httponly=True,
        samesite="lax",
    )


def keep_visit(response: Response, visit: Visit) -> None:
    """For the forms of somebody who has not signed in. A session's secret lives in its own cookie and is
    copied into no other.
    """
    if visit.person is None:
        keep_cookie(response, visit.portal, "visit", visit.secret, 1)


def drop_cookie(response: Response, portal: Portal, name: str) -> None:
    response.delete_cookie(cookie(portal, name), secure=portal.settings.secure, httponly=True, samesite="lax")


def visit_without_session(request: Request) -> Visit:
    portal: Portal = request.app.state.portal
    return Visit(request, portal, request.cookies.get(cookie(portal, "visit"), ""))


class Page(Policy):
    """Whom the page is for; `trusted` tells others. A POST must come from a page of ours."""

    def __init__(
        self, allowed: Allowed | None, *, bearer: bool = False, trusted: str = "", file: bool = False
    ) -> None:
        self._allowed = allowed
        self._bearer = bearer
        self._trusted = trusted
        self._read = forms.read_with_file if file else forms.read

    async def __call__(self, request: Request) -> Visit:
        visit = await visit_of(request)
        request.state.visit = visit
        if self._allowed is not None and visit.person is None:
            raise NotSignedIn
        # Before the form, which may be large.
        if self._allowed is not None and not self._allowed(visit):
            raise NotTheirs(self._trusted)
        if request.method == "POST" and self._bearer:
            visit.form = await forms.read_if_form(request)
        elif request.method == "POST":
            visit.form = await self._read(request)
            if not forms.is_ours(request, visit.form, visit.secret):
                raise HTTPException(403)
        await _names(visit)
        return visit


async def visit_of(request: Request) -> Visit:
    portal: Portal = request.app.state.portal
    db = request.app.state.mongo.db
    secret = request.cookies.get(cookie(portal, "session"), "")
    found = await signing_in.find_session(db, secret, request.app.state.clock()) if secret else None
    if found is None:
        return visit_without_session(request)
    _, person = found
    agency = await people.agency(db, person.agency)
    return Visit(
        request,
        portal,
        secret,
        person,
        coordinator=bool(agency and person.id in agency.coordinators),
        steering=bool(agency and person.id in agency.steering),
    )


async def _names(visit: Visit) -> None:
    names = visit.portal.names
    await names.follow(visit.request.app.state.mongo.db)
    if visit.person:
        await names.know_roles(lambda: visit.get(("/directory/v1/roles", {"limit": 100})))


def new_visit(visit: Visit) -> str:
    """For the forms of somebody who has not signed in."""
    visit.secret = visit.secret or secrets.token_urlsafe(32)
    return visit.secret


Anybody = Annotated[Visit, Depends(Page(None))]
# The secret in the address is the proof, which a page elsewhere does not have.
Bearer = Annotated[Visit, Depends(Page(None, bearer=True))]
SignedIn = Annotated[Visit, Depends(Page(lambda _visit: True))]
# Everybody knows that their agency has a coordinator, and the network a steering committee.
Coordinator = Annotated[Visit, Depends(Page(lambda visit: visit.coordinator, trusted="coordinators"))]
CoordinatorWithFile = Annotated[
    Visit, Depends(Page(lambda visit: visit.coordinator, trusted="coordinators", file=True))
]
Steering = Annotated[Visit, Depends(Page(lambda visit: visit.steering, trusted="steering"))]

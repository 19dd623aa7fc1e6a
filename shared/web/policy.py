"""Who may call a route. Every route says so; one that doesn't keeps the service from starting."""

from collections.abc import Iterator

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.security import HTTPBearer

from shared.audit import actors
from shared.auth import Caller, Door, Scope, Unknown
from shared.errors import Forbidden


class NoPolicy(Exception):  # noqa: N818
    """A route that does not say who may call it."""


class IsForSystems(Forbidden):
    title = "This is for agencies' systems, not for people"


class TokenLacksScope(Forbidden):
    title = "The token lacks a scope"
    takes = ("scope",)


class Policy:
    """Who may call a route. What the caller may see and do within the answer is the handler's to decide."""


class Bearer(Policy, HTTPBearer):
    """Agency systems that have `scope`, and people where `people` says so; nobody else.

    It is the description's security scheme itself and doesn't depend on it, which costs each request less.
    """

    def __init__(self, scope: Scope, *, people: bool = False) -> None:
        super().__init__(
            auto_error=False,
            scheme_name="HTTPBearer",
            description="agn_… (an agency system / en myndighets system), JWT (a person / en person)",
        )
        self.scope = scope
        self.people = people

    async def __call__(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: Request
    ) -> Caller:
        credentials = await super().__call__(request)
        if credentials is None:
            raise Unknown
        door: Door = request.app.state.door
        caller = await door.caller(credentials.credentials)
        if not caller.is_system and not self.people:
            raise IsForSystems
        if caller.is_system and self.scope not in caller.scopes:
            raise TokenLacksScope(f"The token lacks the scope {self.scope}.", scope=self.scope)
        actors.now_acts(caller)
        return caller


class Public(Policy):
    """Anybody may call: nothing but what is public comes out."""

    async def __call__(self) -> None:
        return None


public = Public()


def routes(app: FastAPI) -> Iterator[RouteContext]:
    """Every documented operation of `app`."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            yield route


def policies(route: RouteContext) -> list[Policy]:
    return [call for call in _calls(route.dependant) if isinstance(call, Policy)]


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def require_policies(app: FastAPI) -> None:
    """
    Raises:
        NoPolicy: some route does not say who may call it.

    """
    for route in routes(app):
        if not policies(route):
            raise NoPolicy(f"{sorted(route.methods or ())} {route.path} does not say who may call it")

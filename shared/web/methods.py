"""Which methods a path takes, over all of its routes."""

from functools import cache
from re import Pattern

from fastapi import FastAPI
from starlette.routing import compile_path

from shared.web.policy import routes


def allowed(app: FastAPI, path: str) -> str:
    """As the Allow header of a 405 has it (RFC 9110, 15.5.6): Starlette names those of one route only."""
    found = {
        method for route in routes(app) if _pattern(route.path).match(path) for method in route.methods or ()
    }
    return ", ".join(sorted(found))


@cache
def _pattern(path: str) -> Pattern[str]:
    return compile_path(path)[0]

"""How large a body may be, by path, answered before it is read where its length is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web import problems
from shared.web.refusals import BodyIsTooLarge

MAX_BODY = 1_000_000
_TOO_LARGE = 413


def _problem(detail: str) -> Response:
    return problems.problem(BodyIsTooLarge(detail))


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """`answer` says so in the words of what is spoken there; `below`: for the paths below it too."""

    most: int = MAX_BODY
    answer: Callable[[str], Response] = field(default=_problem)
    below: bool = False


class BodyLimits:
    def __init__(self, app: ASGIApp, limits: Mapping[str, BodyLimit]) -> None:
        """`limits` by path; all else has the usual one."""
        self._by_path = [(path, limit, _limited(app, limit)) for path, limit in limits.items()]
        self._usual = BodyLimit()
        self._else = _limited(app, self._usual)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._else(scope, receive, send)
            return
        asked = scope["path"]
        here = (
            (limit, app)
            for path, limit, app in self._by_path
            if asked == path or (limit.below and asked.startswith(f"{path}/"))
        )
        limit, app = next(here, (self._usual, self._else))
        refused = False

        async def answer(message: Message) -> None:
            nonlocal refused
            if refused:
                return
            if message["type"] == "http.response.start" and _is_refusal(message):
                # Starlette refuses these on its own, in plain text and before any handler of ours.
                refused = True
                await limit.answer(f"The body is over {limit.most} bytes.")(scope, receive, send)
                return
            await send(message)

        await app(scope, receive, answer)


def _limited(app: ASGIApp, limit: BodyLimit) -> ASGIApp:
    return RequestBodyLimitMiddleware(app, max_body_size=limit.most)


def _is_refusal(start: Message) -> bool:
    return start["status"] == _TOO_LARGE and dict(start["headers"])[b"content-type"].startswith(b"text/plain")

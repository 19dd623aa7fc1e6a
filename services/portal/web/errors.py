"""What went wrong, as a plain page with the right status and nothing revealed."""

from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pymongo.errors import PyMongoError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.portal.web.policies import NotSignedIn, visit_of, visit_without_session
from shared.errors import Refused
from shared.mongo import is_transient
from shared.observing import trace

log = structlog.get_logger()
_KNOWN = {400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429, 500, 503}


def error_page(request: Request, status: int, *, trusted: str = "") -> Response:
    """`trusted`: whom the page is for, as `NotTheirs` has it."""
    shown = status if status in _KNOWN else (500 if status >= 500 else 400)
    visit = getattr(request.state, "visit", None) or visit_without_session(request)
    instance = trace.current().correlation
    return visit.page("error.html", shown, status=shown, trusted=trusted, instance=instance)


def install(app: FastAPI) -> None:
    @app.exception_handler(NotSignedIn)
    async def _sign_in(request: Request, _error: NotSignedIn) -> Response:
        onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if request.method != "GET":
            onward = "/"
        address = f"/sign-in?onward={quote(onward)}"
        if request.headers.get("hx-request"):
            return Response(status_code=204, headers={"HX-Redirect": address})
        return RedirectResponse(address, 303)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if not hasattr(request.state, "visit"):
            # An address that no page has: whoever reads it is still signed in.
            request.state.visit = await visit_of(request)
        return error_page(request, error.status_code, trusted=getattr(error, "trusted", ""))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        # An address that was made up, not typed into a form.
        in_path = any(item["loc"][0] == "path" for item in error.errors())
        return error_page(request, 404 if in_path else 400)

    @app.exception_handler(Refused)
    async def _refused(request: Request, _error: Refused) -> Response:
        return error_page(request, 422)

    @app.exception_handler(PyMongoError)
    @app.exception_handler(TimeoutError)
    @app.exception_handler(Exception)
    async def _ours(request: Request, error: Exception) -> Response:
        return _failure(request, error)

    app.add_middleware(_LargeBodies)


def _failure(request: Request, error: Exception) -> Response:
    if not is_transient(error):
        log.error("request.failed", exc_info=error)
        return error_page(request, 500)
    log.warning("request.postponed", error=type(error).__name__)
    page = error_page(request, 503)
    page.headers["Retry-After"] = "5"
    return page


class _LargeBodies:
    """A body that all services refuse alike, in JSON, is refused here with a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def answer(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 413:
                kind = MutableHeaders(scope=message).get("content-type", "")
                refused = "json" in kind
                if refused:
                    await error_page(Request(scope, receive), 413)(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, answer if scope["type"] == "http" else send)

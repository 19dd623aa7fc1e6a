"""The web side of the mail catcher: its JSON interface and its page."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from agencynet.stack.mail import api, pages
from agencynet.stack.mail.mailbox import Mailbox
from shared.web.methods import Reading

# Any page that a browser here visits could otherwise read the mail under a name of its own for 127.0.0.1.
_HOSTS = ["127.0.0.1", "localhost"]


def make_app(mailbox: Mailbox, smtp_port: int) -> FastAPI:
    app = FastAPI(title="Mail catcher", docs_url=None, redoc_url=None)
    app.state.mailbox = mailbox
    app.state.smtp_port = smtp_port
    app.add_middleware(Reading)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)
    app.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")), name="static")
    app.include_router(api.router)
    app.include_router(pages.router)
    return app

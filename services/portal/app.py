"""Wiring of the portal: the network as people see it."""

from collections.abc import Mapping

import httpx2
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from services.portal.api import ROUTERS
from services.portal.api.agency import imports
from services.portal.consumers import SUBSCRIPTIONS
from services.portal.settings import PortalSettings
from services.portal.store import INDEXES, privacy
from services.portal.web import errors, headers, portal
from shared.contracts.topics import PORTAL_PRIVACY
from shared.privacy.worker import Holdings, answering
from shared.service import Spec


def spec(settings: PortalSettings, ways: Mapping[str, httpx2.AsyncBaseTransport] | None = None) -> Spec:
    """`ways` lead to services by name where the net does not."""
    return Spec(
        name="portal",
        description="The network as people see it. / Nätverket så som människor ser det.",
        indexes=INDEXES,
        subscriptions=SUBSCRIPTIONS,
        routers=ROUTERS,
        workers={"privacy": answering(Holdings(PORTAL_PRIVACY, privacy.CLASSES))},
        pages=True,
        bodies=imports.BODIES,
        dress=lambda app: _dress(app, settings),
        warm=portal.warm,
        around=lambda service: portal.around(service, settings, ways),
    )


def _dress(app: FastAPI, settings: PortalSettings) -> None:
    """Pages instead of problems, compressed, with headers that keep them from harm."""
    errors.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=800, compresslevel=6)
    app.add_middleware(headers.Harmless, secure=settings.secure)


SPEC = spec(PortalSettings())

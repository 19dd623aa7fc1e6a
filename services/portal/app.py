"""Wiring of the portal: the network as people see it."""

from collections.abc import Mapping

import httpx2

from services.portal.api import ROUTERS
from services.portal.api.agency import imports
from services.portal.consumers import SUBSCRIPTIONS
from services.portal.settings import PortalSettings
from services.portal.store import INDEXES
from services.portal.web import portal
from shared.service import Spec


def spec(settings: PortalSettings, ways: Mapping[str, httpx2.AsyncBaseTransport] | None = None) -> Spec:
    """`ways` lead to services by name where the net does not."""
    return Spec(
        name="portal",
        description="The network as people see it. / Nätverket så som människor ser det.",
        indexes=INDEXES,
        subscriptions=SUBSCRIPTIONS,
        routers=ROUTERS,
        bodies=imports.BODIES,
        dress=lambda app: portal.dress(app, settings),
        warm=portal.warm,
        around=lambda service: portal.around(service, settings, ways),
    )


SPEC = spec(PortalSettings())

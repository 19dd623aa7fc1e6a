"""Wiring of the events service."""

from services.events.api import ROUTERS
from services.events.consumers import SUBSCRIPTIONS
from services.events.handlers.erasing import HOLDINGS
from services.events.handlers.states import SOURCES
from services.events.store import INDEXES
from services.events.upgrade import upgrade
from services.events.worker import due
from shared.privacy.worker import answering
from shared.service import Spec

SPEC = Spec(
    name="events",
    description="Meetings and who takes part. / Möten och vilka som deltar.",
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    routers=ROUTERS,
    sources=SOURCES,
    workers={"privacy": answering(HOLDINGS)},
    due=due,
    upgrade=(upgrade,),
)

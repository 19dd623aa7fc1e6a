"""The notify service: mail to people, once each, in their language."""

from fastapi import FastAPI

from services.notify.api import ROUTERS
from services.notify.consumers import SUBSCRIPTIONS
from services.notify.handlers.erasing import HOLDINGS
from services.notify.mail import templates
from services.notify.settings import NotifySettings
from services.notify.store import INDEXES, claims, notifications
from services.notify.worker import send_mail, tell_deliveries, tell_of_addresses
from services.notify.worker.measuring import measure
from shared.consuming.states import Source
from shared.contracts.topics import NOTIFY_DELIVERIES
from shared.privacy.worker import answering
from shared.service import Service, Spec
from shared.web import audit_entries


def spec(settings: NotifySettings) -> Spec:
    async def send(service: Service) -> None:
        await send_mail(service.mongo, settings, service.health, service.settings.instance)

    async def tell(service: Service) -> None:
        await tell_deliveries(service.mongo, service.health)

    async def tell_of_wrong(service: Service) -> None:
        await tell_of_addresses(service.mongo, settings, service.health)

    def dress(app: FastAPI) -> None:
        app.state.portal_url = settings.portal

    return Spec(
        name="notify",
        description=(
            "The network's voice: one mail per thing and person, whatever crashes. / "
            "Nätverkets röst: ett mejl per sak och person, vad som än går sönder."
        ),
        indexes=INDEXES,
        subscriptions=SUBSCRIPTIONS,
        routers=(*ROUTERS, audit_entries.router("notify", "notify:read")),
        sources=[Source(NOTIFY_DELIVERIES, "notifications", notifications.public_state)],
        measures=(measure,),
        workers={
            "mail": send,
            "deliveries": tell,
            "addresses": tell_of_wrong,
            "privacy": answering(HOLDINGS),
        },
        inherit=[claims.inherit],
        dress=dress,
        warm=templates.warm,
    )


SPEC = spec(NotifySettings())

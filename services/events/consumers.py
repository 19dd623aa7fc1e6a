"""What the service follows."""

from services.events.handlers.people import AGENCIES, PEOPLE, on_agencies_changed, on_people_changed
from shared.consuming.subscriptions import Subscription
from shared.privacy import following

SUBSCRIPTIONS = (
    Subscription.keeping(AGENCIES, on_agencies_changed),
    Subscription.keeping(PEOPLE, on_people_changed),
    following.SUBSCRIPTION,
)

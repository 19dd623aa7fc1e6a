"""Which topic goes to which handler."""

from services.notify.handlers.copies import AGENCIES, PEOPLE, on_agencies_changed, on_people_changed
from services.notify.handlers.requests import on_requested
from shared.consuming.subscriptions import Subscription
from shared.contracts.topics import NOTIFY_REQUESTS
from shared.privacy import following

SUBSCRIPTIONS = (
    Subscription.keeping(AGENCIES, on_agencies_changed),
    Subscription.keeping(PEOPLE, on_people_changed),
    Subscription(NOTIFY_REQUESTS, on_requested),
    following.SUBSCRIPTION,
)

"""Which topic goes to which handler."""

from services.notify.handlers.copies import AGENCIES, PEOPLE, on_agencies_changed, on_people_changed
from services.notify.handlers.requests import on_requested
from shared.consumer import Subscription
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE, NOTIFY_REQUESTS

SUBSCRIPTIONS = (
    Subscription(DIRECTORY_AGENCIES, on_agencies_changed, AGENCIES),
    Subscription(DIRECTORY_PEOPLE, on_people_changed, PEOPLE),
    Subscription(NOTIFY_REQUESTS, on_requested),
)

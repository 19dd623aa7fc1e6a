"""What the service follows."""

from services.events.handlers.people import AGENCIES, PEOPLE, on_agencies_changed, on_people_changed
from shared.consumer import Subscription
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE

SUBSCRIPTIONS = (
    Subscription(DIRECTORY_AGENCIES, on_agencies_changed, AGENCIES),
    Subscription(DIRECTORY_PEOPLE, on_people_changed, PEOPLE),
)

"""What the portal follows."""

from services.portal.handlers.people import on_agencies_changed, on_people_changed
from services.portal.store.people import AGENCIES, PEOPLE
from shared.consumer import Subscription
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE

SUBSCRIPTIONS = (
    Subscription(DIRECTORY_AGENCIES, on_agencies_changed, AGENCIES),
    Subscription(DIRECTORY_PEOPLE, on_people_changed, PEOPLE),
)

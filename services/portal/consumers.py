"""What the portal follows."""

from services.portal.handlers.people import on_agencies_changed, on_people_changed
from services.portal.store.people import AGENCIES, PEOPLE
from shared.consuming.subscriptions import Subscription
from shared.privacy import following

SUBSCRIPTIONS = (
    Subscription.keeping(AGENCIES, on_agencies_changed),
    Subscription.keeping(PEOPLE, on_people_changed),
    following.SUBSCRIPTION,
)

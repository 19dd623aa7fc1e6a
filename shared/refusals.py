"""Why several services say no. What only one says stands in that service's `refusals.py`."""

from shared.errors import Expired, Forbidden, NotFound


class NoSuchAgency(NotFound):
    title = "There is no such agency"


class NoSuchPerson(NotFound):
    title = "There is no such person"


class IsForCoordinators(Forbidden):
    title = "This is for the agency's systems or coordinators"


class IsForSteeringCommittee(Forbidden):
    title = "These figures are the steering committee's"


class NoSuchLink(NotFound):
    title = "There is no such link, or there is a newer one"


class LinkHasExpired(Expired):
    title = "This link has expired"

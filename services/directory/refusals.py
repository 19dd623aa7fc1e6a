"""Why several nouns of the directory say no (docs/problems.md)."""

from shared.errors import Forbidden, NotFound, PreconditionFailed, Unavailable, WrongField


class IsNoRole(WrongField):
    title = "Is no role; see GET /directory/v1/roles"


class IsForPersonOrAgency(Forbidden):
    title = "Only the person or their own agency may do this"


class IsForCoordinatorsOrNetwork(Forbidden):
    title = "Only the agency's coordinators or the network's administration may do this"


class SearchIsNotReady(Unavailable):
    title = "The search is being prepared"


class NoSuchGroup(NotFound):
    title = "There is no such group"


class ResourceHasChanged(PreconditionFailed):
    title = "Somebody has changed the resource since it was read"


class NoSuchResource(NotFound):
    title = "There is no such resource"


class IsAnotherPersons(WrongField):
    title = "Is another person's: delete this user and make one for them"


class RecordDoesNotFit(WrongField):
    title = "Makes a record that is refused"

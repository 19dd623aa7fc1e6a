"""Why the directory says no about agencies (docs/problems.md)."""

from shared.errors import Conflict, Forbidden, NotFound, WrongField


class AgencyExists(Conflict):
    title = "There is an agency of this name already"


class NoSuchToken(NotFound):
    title = "There is no such token"


class WordIsNotMapped(NotFound):
    title = "This word is not mapped"


class TooManyTokens(Conflict):
    title = "The agency has as many tokens as it can have"
    takes = ("most",)


class TokenGivesTooMuch(Forbidden):
    title = "You can't pass on what you don't have"
    takes = ("scopes",)


class SteeringIsForNetwork(Forbidden):
    title = "Only the network's administration says who is in the steering committee"


class DomainIsForNetwork(Forbidden):
    title = "Only the network's administration changes the domain by which people sign in"


class CoordinatorsAreForAgency(Forbidden):
    title = "Only the agency's coordinators, or the network, say who its coordinators are"


class ProtectionIsDeclared(Conflict):
    title = "What has been declared about protection can be changed, but not taken back"


class DomainIsNotTrusted(WrongField):
    title = "Is no domain that the agency's people alone sign in by"


class IsNoSpecialty(WrongField):
    title = "Is not on the list; see GET /directory/v1/roles"


class IsNotTrusted(WrongField):
    title = "Each must be an active employee of the agency without protected identity"

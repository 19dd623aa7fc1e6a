"""What every service's HTTP says no to before any endpoint is asked, and when something is down."""

from shared.errors import NotFound, Refused, Unavailable


class BadRequest(Refused):
    title = "The request can't be read"
    status = 400


class BodyIsNotJson(BadRequest):
    title = "The body is not JSON"


class NoSuchPath(NotFound):
    title = "There is nothing at this address"


class NoSuchProblem(NotFound):
    title = "There is no problem of this code here"


class MethodIsNotAllowed(Refused):
    title = "The address does not take this method"
    status = 405


class RequestIsTooSlow(Refused):
    title = "The request took too long to come"
    status = 408


class BodyIsTooLarge(Refused):
    title = "The body is too large"
    status = 413


class BodyIsOfAnotherKind(Refused):
    title = "The body is of another kind than the operation reads"
    status = 415


class HeadIsTooLarge(Refused):
    title = "The address and the headers are too large"
    status = 431


class TooManyConnections(Unavailable):
    title = "There are too many connections"


class DatabaseIsAway(Unavailable):
    title = "The database is away or has too much to do just now"


class OurFault(Refused):
    title = "Something went wrong on our side"
    status = 500

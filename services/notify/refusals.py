"""Why the notify service says no (docs/problems.md)."""

from shared.errors import Conflict, NotFound, PreconditionFailed, WrongField


class NoSuchNotification(NotFound):
    title = "There is no such notification"


class NoSuchKindOfMail(NotFound):
    title = "There is no such kind of mail"


class NotificationIsOfAnotherKind(NotFound):
    title = "That notification is of another kind"


class NotificationIsOnItsWay(Conflict):
    title = "It is still on its way, and is tried again without this"


class NotificationNoLongerHolds(Conflict):
    title = "What it says no longer holds"


class ChoicesHaveChanged(PreconditionFailed):
    title = "The choices have changed since they were read"


class IsNoKindOfMail(WrongField):
    title = "Is no kind of mail"


class IsMandatory(WrongField):
    title = "Can't be switched off"

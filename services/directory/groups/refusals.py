"""Why the directory says no about groups (docs/problems.md)."""

from shared.errors import Conflict, Forbidden, WrongField


class TooManyMembers(Conflict):
    title = "The group has as many members as it can have"
    takes = ("most",)


class OwnerStays(Conflict):
    title = "The owner hands the group over to another member before leaving it"


class IsForOwner(Forbidden):
    title = "Only the group's owner or their agency may do this"


class IsNotMember(WrongField):
    title = "Must be a member of the group"


class IsNotVisibleMember(WrongField):
    title = "Must be a member of the group whom all may see"


class MandateIsMissing(WrongField):
    title = "Is what a group with structure has"


class NameIsUnfit(WrongField):
    title = "Must have 1 to 200 printable characters"


class MembersAreTooMany(WrongField):
    title = "Are more than a group can have"
    takes = ("most",)

"""Why the directory says no about practices (docs/problems.md)."""

from shared.errors import Conflict, Forbidden, NotFound, WrongField


class AnswerIsNotAccepted(Conflict):
    title = "Only an accepted answer is taken over"


class PracticeIsOwn(Conflict):
    title = "This is your agency's own practice"


class PracticeIsWithdrawn(Conflict):
    title = "The practice has been withdrawn"


class PracticeIsAdopted(Conflict):
    title = "Your agency has taken this over already"
    takes = ("practice",)


class NoSuchPractice(NotFound):
    title = "There is no such practice"


class IsForPracticeOwner(Forbidden):
    title = "Only the practice's owner, or their agency, may do this"


class IsNotEmployee(WrongField):
    title = "Must be an active employee of the agency"

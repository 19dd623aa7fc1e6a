"""Why the courses service says no (docs/problems.md)."""

from shared.errors import Conflict, Forbidden, NotFound, PreconditionFailed, WrongField


class NoSuchCourse(NotFound):
    title = "There is no such course"


class NoSuchOccasion(NotFound):
    title = "There is no such occasion"


class NoSuchEnrolment(NotFound):
    title = "There is no such enrolment at your agency"


class NoSuchBaseline(NotFound):
    title = "Your agency has signed no baseline for this course"


class NoSavingsToSee(NotFound):
    title = "There are no savings here that you may see"


class IsForHost(Forbidden):
    title = "Only the agency that arranges it may change this"


class IsForPersonOrCoordinator(Forbidden):
    title = "A person does this for themselves, or their coordinator does"


class CourseHasChanged(PreconditionFailed):
    title = "The course has been changed since you read it"


class OccasionHasChanged(PreconditionFailed):
    title = "The occasion has been changed since you read it"


class OccasionIsCancelled(Conflict):
    title = "The occasion has been cancelled"


class OccasionIsSettled(Conflict):
    title = "The cost of the occasion has been settled; it can't be changed any more"


class TooLateToCancelOccasion(Conflict):
    title = "The occasion has begun and can't be cancelled"


class CancelledOccasionHasNoCost(Conflict):
    title = "The occasion was cancelled: there is no cost to share"


class OccasionIsNotOver(Conflict):
    title = "The occasion is not over yet"
    takes = ("last_day",)


class EnrolmentIsNotPossible(Conflict):
    title = "What is wished for is not to be had just now"
    takes = ("reasons",)


class CourseIsUnknown(WrongField):
    title = "There is no such course"


class MinMonthsAboveMax(WrongField):
    title = "Is more than max_months"
    takes = ("most",)


class LowAboveHigh(WrongField):
    title = "Is more than high_ore"
    takes = ("most",)


class QuotasForStrangers(WrongField):
    title = "Names agencies that are not in the network"
    takes = ("agencies",)


class QuotasAboveSeats(WrongField):
    title = "They sum to more than there are seats"
    takes = ("seats",)


class MinimumAboveSeats(WrongField):
    title = "Is more than there are seats"
    takes = ("seats",)


class IsNotBeforeFirstDay(WrongField):
    title = "Should be before the first day"
    takes = ("first_day",)


class DayComesTwice(WrongField):
    title = "The same day comes twice"


class IsNotAfterToday(WrongField):
    title = "Should be after today"


class DaysAreFixed(WrongField):
    title = "People have enrolled for these days; cancel the occasion and make another"


class SeatsAreTaken(WrongField):
    title = "Is fewer seats than are taken"
    takes = ("taken",)


class QuotasAreOpen(WrongField):
    title = "The quotas have opened to all"


class QuotasDoNotFit(WrongField):
    title = "Too many seats are taken already for all of these to be kept"

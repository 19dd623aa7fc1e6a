"""Why the events service says no (docs/problems.md)."""

from shared.errors import Conflict, Forbidden, NotFound, PreconditionFailed, PreconditionMissing, WrongField


class NoSuchMeeting(NotFound):
    title = "There is no such meeting"


class NoSuchParticipant(NotFound):
    title = "There is no such participant"


class NoSuchCalendar(NotFound):
    title = "There is no such calendar"


class NoContactsToSee(NotFound):
    title = "There are no contacts here that you may see"


class MeetingHasNoCode(NotFound):
    title = "The meeting has no code for those who come"


class IsForConvenor(Forbidden):
    title = "Only the convenor, or the convenor's agency, may do this"


class IsForParticipant(Forbidden):
    title = "Only the person, or the person's agency, may answer"


class IsForThePersonAlone(Forbidden):
    title = "Each says for themselves that they are there"


class CalendarIsForPeople(Forbidden):
    title = "A personal calendar belongs to a person, not to a system"


class MeetingHasChanged(PreconditionFailed):
    title = "Somebody has changed the meeting since you read it"


class MeetingEditionIsMissing(PreconditionMissing):
    title = "The request does not say which edition of the meeting was read"


class MeetingIsCancelled(Conflict):
    title = "The meeting is cancelled"


class CancelledMeetingNeedsNoAnswer(Conflict):
    title = "The meeting is cancelled: no answer is needed"


class TooLateToAnswer(Conflict):
    title = "The meeting has begun: answers are closed"


class TooLateToCancelMeeting(Conflict):
    title = "The meeting has begun: it can't be cancelled any more"


class TooLateToChangeMeeting(Conflict):
    title = "The meeting has begun: it can't be changed any more"


class TooLateToInvite(Conflict):
    title = "The meeting has begun: nobody can be invited any more"


class NoLongerTakesPart(Conflict):
    title = "This person no longer takes part"


class AnswersAreNotOpen(Conflict):
    title = "Answers are not open yet"


class AnswersAreClosed(Conflict):
    title = "Answers are closed"


class AudienceIsEmpty(Conflict):
    title = "The audience is empty, so it reaches nobody"


class AudienceReachesNobody(Conflict):
    title = "The audience reaches nobody today"


class AudienceIsFrozen(Conflict):
    title = "The list was frozen when people were invited: its audience can't be changed"


class MeetingHasNotBegun(Conflict):
    title = "The meeting has not begun: nobody can have come yet"


class NobodyIsInvited(Conflict):
    title = "Nobody is invited yet, so nobody can come"


class TooEarlyToCheckIn(Conflict):
    title = "It is too early to say that you are there"


class TooLateToCheckIn(Conflict):
    title = "The meeting is over: it is too late to say that you were there"


class TooManyCalendars(Conflict):
    title = "You have as many calendar addresses as you can have"
    takes = ("most",)


class IsNotInFuture(WrongField):
    title = "Should be in the future"


class IsTooFarAhead(WrongField):
    title = "Should be within ten years"


class EndsBeforeStart(WrongField):
    title = "Should be after starts_at"


class LastsTooLong(WrongField):
    title = "Should be within 31 days of starts_at"


class IsNotTimeZone(WrongField):
    title = "Should be an IANA time zone, for example Europe/Stockholm"


class ClosesAfterStart(WrongField):
    title = "Should not be after starts_at"


class OpensTooLate(WrongField):
    title = "Should be before answers close"


class IsBelowSeatsTaken(WrongField):
    title = "Is lower than the number of seats that are taken"
    takes = ("taken",)


class ReminderIsTooLate(WrongField):
    title = "Should come before the meeting begins"


class ReminderIsRepeated(WrongField):
    title = "Should come at another time than those before it"


class ReminderHasNoOneWay(WrongField):
    title = "Should say either days_before or minutes_before"


class ReminderTimeNeedsDays(WrongField):
    title = "At goes with days_before"


class CodeNeedsAttendance(WrongField):
    title = "Code goes with attended: true"


class ConvenorIsUnknown(WrongField):
    title = "Nobody of this id works at the agency"


class ConvenorIsSomebodyElse(WrongField):
    title = "Should be you: only a coordinator names somebody else"


class IsNotCodeOfMeeting(WrongField):
    title = "Is not the code of this meeting"

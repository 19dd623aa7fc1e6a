"""What fields, days and kinds of mail are called."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.portal.web.words import mark

HIDABLE = {
    "phone": mark("Phone number"),
    "email": mark("Email address"),
    "title": mark("Title"),
    "unit": mark("Unit"),
    "place": mark("Place"),
    "working_days": mark("Working days"),
    "absence": mark("Absence"),
    "ask_me_about": mark("Ask me about"),
}
_OTHER_FIELDS = {
    "given_name": mark("Given name"),
    "family_name": mark("Family name"),
    "display_name": mark("Name"),
    "roles": mark("Roles"),
    "assignments": mark("Assignments"),
    "specialties": mark("Specialties"),
    "employed_from": mark("At the agency since"),
    "employed_to": mark("At the agency until"),
    "language": mark("Language"),
    "visibility": mark("Who sees what"),
    "status": mark("Employed or not"),
    "protected": mark("Protected identity"),
    "manager_id": mark("Manager"),
    "employee_id": mark("Employee number"),
    "name": mark("Whole name"),
    "location": mark("Place"),
    "manager_employee_id": mark("The manager's employee number"),
    "groups": mark("Groups"),
}
SERVICES = {
    "directory": mark("The directory"),
    "events": mark("Meetings and calendars"),
    "courses": mark("Courses"),
    "notify": mark("Emails"),
    "portal": mark("This web page"),
}
ERASED = {
    "deleted": mark("is erased"),
    "unnamed": mark("stays without the name"),
    "anonymous": mark("stays as a figure that leads to nobody"),
    "blanked": mark("is emptied"),
    "taken_out": mark("goes on without them"),
    "kept": mark("stays"),
}
_DAYS = {
    "MO": mark("Monday"),
    "TU": mark("Tuesday"),
    "WE": mark("Wednesday"),
    "TH": mark("Thursday"),
    "FR": mark("Friday"),
    "SA": mark("Saturday"),
    "SU": mark("Sunday"),
}
_AUDIENCES = {
    "network": mark("Everybody in the network"),
    "own_agency": mark("My own agency"),
    "nobody": mark("Only me and my coordinator"),
}
_SENDERS = {
    "directory": mark("People, questions and practice"),
    "events": mark("Meetings"),
    "courses": mark("Courses"),
    "notify": mark("Emails that do not arrive"),
    "portal": mark("Signing in"),
}
_KINDS = {
    "directory.lone_specialist": mark("You are not alone: who you can call"),
    "directory.specialist_lost": mark("Your agency has lost the only person in a role"),
    "directory.profile_edited": mark("Somebody has changed your details"),
    "directory.correction_decided": mark("A correction of yours was decided"),
    "directory.still_right": mark("Are your details still right?"),
    "directory.question_asked": mark("Somebody asks something you may know"),
    "directory.question_answered": mark("Your question has an answer"),
    "directory.question_unanswered": mark("Nobody has answered your question yet"),
    "directory.answer_accepted": mark("Your answer helped"),
    "directory.group_owner": mark("You now run a group"),
    "directory.group_proposal": mark("One of your groups may get a firmer form"),
    "directory.group_asleep": mark("One of your groups is quiet"),
    "directory.practice_adopted": mark("Somebody now works the way you do"),
    "directory.practice_changed": mark("A way of working that you adopted has changed"),
    "directory.practice_review": mark("One of your ways of working is due for review"),
    "directory.practice_owner": mark("You look after a way of working"),
    "events.invited": mark("You are invited"),
    "events.place_confirmed": mark("Your place is confirmed"),
    "events.place_waiting": mark("You are on the waiting list"),
    "events.place_given": mark("You have got a place"),
    "events.tentative": mark("Your maybe is noted"),
    "events.declined": mark("Your no is noted"),
    "events.changed": mark("A meeting has changed"),
    "events.cancelled": mark("A meeting is cancelled"),
    "events.convenor": mark("You convene a meeting"),
    "events.reminder": mark("A reminder before the meeting"),
    "events.answer_wanted": mark("You have not answered yet"),
    "events.thanks": mark("Thanks after a meeting"),
    "events.record_attendance": mark("Write down who came"),
    "events.participant_left": mark("A participant has left their agency"),
    "courses.recommended": mark("A course fits you"),
    "courses.seat_confirmed": mark("Your seat is confirmed"),
    "courses.seat_waiting": mark("You are in the queue for a seat"),
    "courses.seat_given": mark("You have got a seat"),
    "courses.cancelled": mark("A course is cancelled"),
    "directory.mass_leave_held": mark("Many have left at once, and you are asked"),
    "notify.wrong_addresses": mark("Emails to people at your agency do not arrive"),
    "directory.coordinator_tasks": mark("What waits for you as a coordinator"),
    "directory.trust_changed": mark("Your agency's coordinators have changed"),
    "directory.mail_domain_changed": mark("Your agency's mail domain has changed"),
    "directory.addresses_claimed": mark("Email addresses to check"),
    "directory.feed_interrupted": mark("What your staff system sends can't be read, or some of it is lost"),
    "portal.sign_in": mark("Sign-in links"),
}


_SCOPES = {
    "staff:write": mark("Send staff records"),
    "directory:read": mark("Find people"),
    "events:read": mark("Read meetings"),
    "courses:read": mark("Read courses"),
    "notify:read": mark("Read who was told what"),
    "directory:write": mark("Change what the directory holds"),
    "events:write": mark("Call meetings"),
    "courses:write": mark("Give courses and book seats"),
    "notify:write": mark("Send emails again"),
    "network:admin": mark("Administer the network"),
}
_ACTS = {
    "agency.added": mark("The agency joined"),
    "agency.changed": mark("Changed the agency's details"),
    "trust.given": mark("Gave somebody a task for the agency"),
    "trust.withdrawn": mark("Withdrew a task for the agency"),
    "token.created": mark("Created a key"),
    "token.revoked": mark("Revoked a key"),
    "word.mapped": mark("Mapped a word"),
    "word.forgotten": mark("Removed a word"),
    "correction.decided": mark("Decided on a correction"),
    "mass_leave.read": mark("Looked at who is said to have left"),
    "feed.versions_forgotten": mark("Forgot versions of the feed"),
    "mass_leave.decided": mark("Decided whether many have left"),
    "feed.passed_over": mark("Passed over what could not be unpacked"),
    "import.begun": mark("Sent a file of staff"),
    "import.cancelled": mark("Stopped the reading of a file"),
    "person.changed": mark("Changed a person's details"),
    "person.read": mark("Looked at details that are hidden from others"),
    "person.exported": mark("Exported all that is held about a person"),
    "person.erased": mark("Erased a person"),
    "history.read": mark("Looked at a person's history"),
    "departure.begun": mark("Began the agency's departure"),
    "departure.completed": mark("Completed the agency's departure"),
    "archive.read": mark("Exported the agency's archive"),
    "export.read": mark("Fetched all that is held about a person"),
    "baseline.signed": mark("Signed what a course would have cost alone"),
    "occasion.settled": mark("Settled a course"),
    "mail.sent_again": mark("Sent an email again"),
    "address.tried_again": mark("Let emails go to an address again"),
    "sign_in_link.made": mark("Created a sign-in link"),
    "person_token.made": mark("Created a key that acts as a person"),
    "due_work.retried": mark("Had work that failed tried again"),
    "due_work.dropped": mark("Let go of work that failed"),
    "parked_record.read": mark("Looked at what a refused record says"),
}
_DOORS = {
    "kafka": mark("Kafka"),
    "http": mark("HTTP"),
    "scim": mark("SCIM"),
    "file": mark("a file"),
}
_FAILURES = {
    "gave_up": mark("the mail server never took it"),
    "unreadable_template": mark("our fault"),
}
_ADDRESS_FAULTS = {
    "refused": mark("the mail server says that nobody has the address"),
    "unusable": mark("nothing can be sent to the address"),
    "missing": mark("there is no address"),
}
_NOBODY, _REFUSED = mark("nobody has the address"), mark("the mail server refused it")


class Labels:
    """In the reader's language, which `say` speaks."""

    def __init__(self, say: Callable[[str], str]) -> None:
        self._say = say

    @property
    def hidable(self) -> list[tuple[str, str]]:
        return [(name, self._say(text)) for name, text in HIDABLE.items()]

    @property
    def audiences(self) -> list[tuple[str, str]]:
        return [(code, self._say(text)) for code, text in _AUDIENCES.items()]

    @property
    def days(self) -> list[tuple[str, str]]:
        return [(code, self._say(text)) for code, text in _DAYS.items()]

    def scopes(self, codes: Sequence[str]) -> list[tuple[str, str]]:
        return [(code, self._say(_SCOPES.get(code, code))) for code in codes]

    def of(self, names: Mapping[str, str]) -> dict[str, str]:
        """A whole table of names, in the reader's words."""
        return {code: self._say(name) for code, name in names.items()}

    def act(self, code: str) -> str:
        """What was done, as the audit has it; an act that is newer than these words goes by its code."""
        return self._say(_ACTS[code]) if code in _ACTS else code

    def door(self, code: str) -> str:
        """By which records came."""
        return self._say(_DOORS[code]) if code in _DOORS else code

    def failure(self, reason: str) -> str:
        """Why a mail did not arrive, with the mail server's code where it said no."""
        if reason in _FAILURES:
            return self._say(_FAILURES[reason])
        # RFC 3463: no such mailbox.
        said = _NOBODY if reason.endswith(" 5.1.1") else _REFUSED
        return f"{self._say(said)}, {reason}"

    def address_fault(self, code: str) -> str:
        return self._say(_ADDRESS_FAULTS[code]) if code in _ADDRESS_FAULTS else code

    def kind(self, code: str) -> str:
        return self._say(_KINDS[code]) if code in _KINDS else code

    def field(self, name: str) -> str:
        text = HIDABLE.get(name) or _OTHER_FIELDS.get(name)
        return self._say(text) if text else name

    def kinds(self, choices: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
        """By sender, each with its name; a kind that is newer than these words goes by its code."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for choice in choices:
            sender = choice["kind"].split(".")[0]
            shown = {**choice, "name": self.kind(choice["kind"])}
            groups.setdefault(sender, []).append(shown)
        return [(self._say(_SENDERS[s]) if s in _SENDERS else s, kinds) for s, kinds in groups.items()]

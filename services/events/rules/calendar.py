"""Meetings as iCalendar (RFC 5545), as invitations (RFC 5546) and as feeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Conference, Event, vCalAddress
from icalendar.parser import Contentline, Contentlines

from services.events.models.documents import Meeting, Participant
from services.events.rules.timezones import vtimezone
from shared.contracts.events import ParticipantState, answers_at
from shared.contracts.types import Language
from shared.formats.ical import Text, uri
from shared.formats.plain_text import one_line
from shared.moments import comes_twice

PRODUCT = "-//agencynet//events//SV"
PARTSTAT: dict[ParticipantState, str] = {
    "invited": "NEEDS-ACTION",
    "accepted": "ACCEPTED",
    "tentative": "TENTATIVE",
    "declined": "DECLINED",
    # They said yes; that there is no seat yet is ours to know.
    "waiting": "TENTATIVE",
    "offered": "TENTATIVE",
    "cancelled": "DECLINED",
}
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]
Method = Literal["REQUEST", "CANCEL"]
# A person with a seat, or in line for one, is not asked again.
_ASKED: frozenset[ParticipantState] = frozenset({"invited", "tentative"})
_IN_LINE: dict[Language, str] = {"sv": "I kö: ", "en": "In line: "}
_VIDEO: dict[Language, str] = {"sv": "Videomöte", "en": "Video meeting"}


@dataclass(frozen=True, slots=True)
class Organizer:
    """The meeting's address, in the name of its convenor."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting in a feed, as its reader is to see it."""

    meeting: Meeting
    organizer: Organizer
    status: Status
    stamp: datetime
    language: Language = "sv"
    waiting: bool = False


class Invitation:
    """What people are sent of one meeting. Each person gets an object of their own, since nobody is to see
    who else was invited; what all have in common is rendered once.
    """

    def __init__(self, meeting: Meeting, organizer: Organizer, now: datetime) -> None:
        self._meeting = meeting
        self._answers = answers_at(meeting.opens_at, meeting.closes_at, now)
        event = Event()
        _describe(event, meeting, organizer)
        # The last line of each component is its END.
        *self._common, self._end = _lines(event)
        self._frames: dict[Method, tuple[bytes, bytes]] = {}

    def to(self, one: Participant, state: ParticipantState, method: Method, language: Language) -> str:
        """The object with this person as its one ATTENDEE; notify makes a name and an address of the id."""
        event = Event()
        event.add("sequence", self._meeting.sequence + one.own_sequence)
        _stamp(event, one.stamped_at or self._meeting.changed_at)
        _name(event, self._meeting, language, waiting=state == "waiting")
        if status := self._status(state, method):
            event.add("status", status)
        event.add("attendee", self._attendee(one.person_id, state))
        before, after = self._frame(method)
        return (before + _bytes(_lines(event)[1:-1]) + after).decode()

    def _frame(self, method: Method) -> tuple[bytes, bytes]:
        """What stands before and after what is the person's own."""
        if method not in self._frames:
            *opening, end = _lines(_root([self._meeting], method))
            self._frames[method] = _bytes([*opening, *self._common]), _bytes([self._end, end])
        return self._frames[method]

    def _status(self, state: ParticipantState, method: Method) -> Status | None:
        if method == "CANCEL":
            # RFC 5546 3.2.5: CANCELLED is the meeting; for a person who is taken off it there is no status.
            return "CANCELLED" if self._meeting.state == "cancelled" else None
        # Programs keep their own ACCEPTED otherwise, and show a seat that is not there.
        return "TENTATIVE" if state == "waiting" else "CONFIRMED"

    def _attendee(self, person_id: str, state: ParticipantState) -> vCalAddress:
        attendee = vCalAddress(f"urn:uuid:{person_id}")
        attendee.params["CN"] = f"urn:uuid:{person_id}"
        attendee.params["CUTYPE"] = "INDIVIDUAL"
        attendee.params["ROLE"] = "REQ-PARTICIPANT"
        attendee.params["PARTSTAT"] = PARTSTAT[state]
        attendee.params["RSVP"] = "TRUE" if state in _ASKED and self._answers == "open" else "FALSE"
        return attendee


def calendar(entries: Iterable[Entry], *, method: str = "PUBLISH", name: str = "") -> bytes:
    """The same entries give the same bytes."""
    shown = list(entries)
    root = _root([entry.meeting for entry in shown], method, name)
    for entry in shown:
        event = Event()
        event.add("sequence", entry.meeting.sequence)
        _stamp(event, entry.stamp)
        _name(event, entry.meeting, entry.language, waiting=entry.waiting)
        event.add("status", entry.status)
        _describe(event, entry.meeting, entry.organizer)
        root.add_component(event)
    return root.to_ical(sorted=False)


def uid(meeting_id: str) -> str:
    """Stable for the life of the meeting, and beyond."""
    return f"{meeting_id}@agencynet"


def _root(meetings: Iterable[Meeting], method: str, name: str = "") -> Calendar:
    """The calendar with the zones of these, and without them."""
    root = Calendar()
    root.add("prodid", PRODUCT)
    root.add("version", "2.0")
    root.add("method", method)
    if name:
        root.add("name", name)
        root.add("x-wr-calname", name)
    for zone, years in sorted(_zones(meetings).items()):
        root.add_component(vtimezone(zone, min(years), max(years)))
    return root


def _lines(component: Component) -> Sequence[Contentline]:
    return [line for line in component.content_lines(sorted=False) if line]


def _bytes(lines: Iterable[Contentline]) -> bytes:
    return Contentlines(lines).to_ical()


def _zones(meetings: Iterable[Meeting]) -> dict[str, set[int]]:
    zones: dict[str, set[int]] = {}
    for meeting in meetings:
        zones.setdefault(meeting.zone, set()).update({meeting.starts_at.year, meeting.ends_at.year})
    return zones


def _stamp(event: Event, stamp: datetime) -> None:
    event.add("dtstamp", stamp)
    # KMail refuses a change that is older than its own last save.
    event.add("last-modified", stamp)


def _name(event: Event, meeting: Meeting, language: Language, *, waiting: bool) -> None:
    event.add("summary", Text(one_line((_IN_LINE[language] if waiting else "") + meeting.title)))
    if meeting.video_url:
        # Not every program shows URL and CONFERENCE.
        event.add("description", Text(f"{_VIDEO[language]}: {one_line(meeting.video_url)}"))


def _describe(event: Event, meeting: Meeting, organizer: Organizer) -> None:
    event.add("uid", uid(meeting.id))
    event.add("created", meeting.created_at)
    zone = _zone(meeting)
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("organizer", _organizer(organizer))
    if where := meeting.place or meeting.video_url:
        event.add("location", Text(one_line(where)))
    if meeting.video_url:
        video = uri(meeting.video_url)
        event.add("url", video)
        event.add("conference", Conference(video, feature="VIDEO").to_uri())


def _zone(meeting: Meeting) -> ZoneInfo:
    """The meeting's, or UTC: a local time that comes twice means the first of them (RFC 5545 3.3.5)."""
    zone = ZoneInfo(meeting.zone)
    twice = any(comes_twice(at, zone) for at in (meeting.starts_at, meeting.ends_at))
    return ZoneInfo("UTC") if twice else zone


def _organizer(organizer: Organizer) -> vCalAddress:
    address = vCalAddress(f"mailto:{organizer.address}")
    if organizer.name:
        address.params["CN"] = one_line(organizer.name)
    return address

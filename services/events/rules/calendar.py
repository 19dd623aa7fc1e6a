"""Meetings as iCalendar (RFC 5545), as invitations (RFC 5546) and as feeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Conference, Event, vCalAddress
from icalendar.parser import Contentline, Contentlines

from services.events.models.documents import Meeting
from services.events.rules.timezones import vtimezone
from shared.contracts.events import ParticipantState
from shared.ical import Text, uri
from shared.plain_text import one_line

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


@dataclass(frozen=True, slots=True)
class Organizer:
    """The meeting's address, in the name of its convenor."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting in a calendar, as its reader is to see it."""

    meeting: Meeting
    organizer: Organizer
    status: Status
    stamp: datetime


class Invitation:
    """A REQUEST or CANCEL of one meeting. Each person gets one of their own, since nobody is to see who else
    was invited; what all have in common is rendered once.
    """

    def __init__(
        self,
        meeting: Meeting,
        organizer: Organizer,
        method: Literal["REQUEST", "CANCEL"],
        stamp: datetime,
    ) -> None:
        status: Status = "CANCELLED" if method == "CANCEL" else "CONFIRMED"
        self.method: Literal["REQUEST", "CANCEL"] = method
        entry = Entry(meeting, organizer, status, stamp)
        frame, event = _lines(_root([entry], method)), _lines(_event(entry))
        # The last line of each is its END; the attendee stands before both.
        self._before = Contentlines([*frame[:-1], *event[:-1]]).to_ical()
        self._after = Contentlines([event[-1], frame[-1]]).to_ical()

    def to(self, person_id: str, state: ParticipantState) -> str:
        """The object with this person as its one ATTENDEE; notify makes a name and an address of the id."""
        attendee = vCalAddress(f"urn:uuid:{person_id}")
        attendee.params["CN"] = f"urn:uuid:{person_id}"
        attendee.params["CUTYPE"] = "INDIVIDUAL"
        attendee.params["ROLE"] = "REQ-PARTICIPANT"
        attendee.params["PARTSTAT"] = PARTSTAT[state]
        attendee.params["RSVP"] = "TRUE"
        line = Contentline.from_parts("ATTENDEE", attendee.params, attendee).to_ical()
        return (self._before + line + b"\r\n" + self._after).decode()


def calendar(entries: Iterable[Entry], *, method: str = "PUBLISH", name: str = "") -> bytes:
    """The same entries give the same bytes."""
    shown = list(entries)
    root = _root(shown, method, name)
    for entry in shown:
        root.add_component(_event(entry))
    return root.to_ical(sorted=False)


def uid(meeting_id: str) -> str:
    """Stable for the life of the meeting, and beyond."""
    return f"{meeting_id}@agencynet"


def _root(entries: Sequence[Entry], method: str, name: str = "") -> Calendar:
    """The calendar with the zones of these, and without them."""
    root = Calendar()
    root.add("prodid", PRODUCT)
    root.add("version", "2.0")
    root.add("method", method)
    if name:
        root.add("name", name)
        root.add("x-wr-calname", name)
    for zone, years in sorted(_zones(entries).items()):
        root.add_component(vtimezone(zone, min(years), max(years)))
    return root


def _lines(component: Component) -> list[Contentline]:
    return [line for line in component.content_lines(sorted=False) if line]


def _zones(entries: Iterable[Entry]) -> dict[str, set[int]]:
    zones: dict[str, set[int]] = {}
    for entry in entries:
        meeting = entry.meeting
        zones.setdefault(meeting.zone, set()).update({meeting.starts_at.year, meeting.ends_at.year})
    return zones


def _event(entry: Entry) -> Event:
    meeting, zone = entry.meeting, ZoneInfo(entry.meeting.zone)
    event = Event()
    event.add("uid", uid(meeting.id))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", entry.stamp)
    event.add("created", meeting.created_at)
    event.add("last-modified", meeting.changed_at)
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("summary", Text(one_line(meeting.title)))
    event.add("status", entry.status)
    event.add("organizer", _organizer(entry.organizer))
    if where := meeting.place or meeting.video_url:
        event.add("location", Text(one_line(where)))
    if meeting.video_url:
        video = uri(meeting.video_url)
        event.add("url", video)
        event.add("conference", Conference(video, feature="VIDEO").to_uri())
    return event


def _organizer(organizer: Organizer) -> vCalAddress:
    address = vCalAddress(f"mailto:{organizer.address}")
    if organizer.name:
        address.params["CN"] = one_line(organizer.name)
    return address

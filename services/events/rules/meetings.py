"""What a meeting may be, and what changing it means."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from services.events import refusals
from services.events.models.documents import Edit, Meeting
from services.events.rules import reminders
from shared.contracts.events import Audience
from shared.contracts.ids import NOBODY
from shared.errors import Invalid, WrongField

# What a calendar shows: a change of these raises SEQUENCE and is told.
SHOWN = ("title", "starts_at", "ends_at", "zone", "place", "video_url")
_ZONES = frozenset(available_timezones() - {"localtime", "Factory", "posixrules"})
_EDITS_KEPT = 50
_FARTHEST = timedelta(days=3_660)


def problems(meeting: Meeting, now: datetime) -> dict[str, WrongField]:
    """Every wrong field at once, by name."""
    found: dict[str, WrongField] = {}
    if meeting.starts_at <= now:
        found["starts_at"] = refusals.IsNotInFuture()
    elif meeting.starts_at > now + _FARTHEST:
        found["starts_at"] = refusals.IsTooFarAhead()
    if meeting.ends_at <= meeting.starts_at:
        found["ends_at"] = refusals.EndsBeforeStart()
    elif meeting.ends_at > meeting.starts_at + timedelta(days=31):
        found["ends_at"] = refusals.LastsTooLong()
    if meeting.zone not in _ZONES:
        found["zone"] = refusals.IsNotTimeZone("should be an IANA time zone, for example Europe/Stockholm")
    if meeting.closes_at and meeting.closes_at > meeting.starts_at:
        found["closes_at"] = refusals.ClosesAfterStart()
    if meeting.opens_at and meeting.opens_at >= (meeting.closes_at or meeting.starts_at):
        limit = "closes_at" if meeting.closes_at else "starts_at"
        found["opens_at"] = refusals.OpensTooLate(f"should be before {limit}")
    if meeting.capacity is not None and meeting.capacity < meeting.taken:
        found["capacity"] = refusals.IsBelowSeatsTaken(
            f"{meeting.taken} people have a seat already: it can't be lower than that", taken=meeting.taken
        )
    if not found.keys() & {"starts_at", "zone"}:
        found |= reminders.problems(meeting)
    return found


def edit(meeting: Meeting, wanted: Mapping[str, Any], now: datetime) -> Meeting:
    """The meeting as it is wanted; the same object when that is what it is already.

    Raises:
        Conflict: its state does not allow this.
        Invalid: naming every wrong field.

    """
    if isinstance(audience := wanted.get("audience"), Audience):
        # Lists that were not sent stay as they are.
        update = {name: getattr(audience, name) for name in audience.model_fields_set}
        wanted = {**wanted, "audience": meeting.audience.model_copy(update=update)}
    changed = {name: value for name, value in wanted.items() if getattr(meeting, name) != value}
    if not changed:
        return meeting
    if meeting.state == "cancelled":
        raise refusals.MeetingIsCancelled
    if meeting.starts_at <= now:
        raise refusals.TooLateToChangeMeeting
    if "audience" in changed and meeting.state != "draft":
        raise refusals.AudienceIsFrozen
    after = meeting.model_copy(update={**changed, "changed_at": now, "revision": meeting.revision + 1})
    if wrong := problems(after, now):
        raise Invalid(**wrong)
    if "convenor_id" in changed:
        after = after.model_copy(update={"needs_convenor": False})
    shown = tuple(name for name in SHOWN if name in changed)
    return _resequenced(after, shown) if shown and meeting.state == "invited" else after


def invite(meeting: Meeting, listed: int, now: datetime) -> Meeting:
    """Freeze a list of so many. Idempotent.

    Raises:
        Conflict: it is cancelled or has begun.

    """
    if meeting.state == "invited":
        return meeting
    if meeting.state == "cancelled":
        raise refusals.MeetingIsCancelled
    if meeting.starts_at <= now:
        raise refusals.TooLateToInvite
    changes = {"state": "invited", "changed_at": now, "revision": meeting.revision + 1, "listed": listed}
    return meeting.model_copy(update=changes)


def cancel(meeting: Meeting, now: datetime) -> Meeting:
    """Idempotent.

    Raises:
        Conflict: it has begun.

    """
    if meeting.state == "cancelled":
        return meeting
    if meeting.starts_at <= now:
        raise refusals.TooLateToCancelMeeting
    changes = {"state": "cancelled", "changed_at": now, "revision": meeting.revision + 1}
    return _resequenced(meeting.model_copy(update=changes), ())


def hand_over(meeting: Meeting, leaver_id: str, to: str | None, now: datetime) -> Meeting:
    """To `to`, or up for handing over when there is nobody. Idempotent."""
    if meeting.convenor_id != leaver_id or meeting.state == "cancelled":
        return meeting
    changes: dict[str, Any] = {"convenor_id": to, "needs_convenor": False} if to else {"needs_convenor": True}
    if all(getattr(meeting, name) == value for name, value in changes.items()):
        return meeting
    return meeting.model_copy(update={**changes, "changed_at": now, "revision": meeting.revision + 1})


def take_over(meeting: Meeting, agency: str, convenor_id: str, now: datetime) -> Meeting:
    """Another agency convenes it from now on."""
    changes = {"convenor_agency": agency, "convenor_id": convenor_id, "needs_convenor": False}
    return meeting.model_copy(update={**changes, "changed_at": now, "revision": meeting.revision + 1})


def unnamed(meeting: Meeting) -> Meeting:
    """Without the one who convened it, who is erased."""
    return meeting.model_copy(update={"convenor_id": NOBODY, "version": meeting.version + 1})


def edited_since(meeting: Meeting, sequence: int) -> tuple[str, ...]:
    """Names of the shown fields that changed after `sequence`."""
    return tuple(
        dict.fromkeys(name for one in meeting.edits if one.sequence > sequence for name in one.fields)
    )


def _resequenced(meeting: Meeting, shown: tuple[str, ...]) -> Meeting:
    sequence = meeting.sequence + 1
    edits = (*meeting.edits, Edit(sequence=sequence, fields=shown))[-_EDITS_KEPT:]
    return meeting.model_copy(update={"sequence": sequence, "edits": edits})

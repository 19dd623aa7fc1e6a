"""Which mail makes an older one that has not gone out pointless."""

from collections.abc import Iterable
from dataclasses import dataclass

_PLACES = frozenset(
    {
        *("events.place_confirmed", "events.place_waiting", "events.place_given"),
        *("events.tentative", "events.declined"),
    }
)
_REMINDERS = frozenset({"events.reminder", "events.answer_wanted"})
_SEATS = frozenset({"courses.seat_confirmed", "courses.seat_waiting", "courses.seat_given"})

# Versions of one kind are compared; between kinds the later request counts, because they may count the
# versions of different things (the meeting's, the participant's).
REPLACES: dict[str, frozenset[str]] = {
    **{kind: _PLACES - {kind} for kind in _PLACES},
    **{kind: (_SEATS | {"courses.cancelled"}) - {kind} for kind in _SEATS},
    # Whatever would put the meeting back into the calendar it has just been taken out of.
    "events.declined": (_PLACES - {"events.declined"}) | _REMINDERS | {"events.invited", "events.changed"},
    "events.changed": _REMINDERS,
    "events.cancelled": _PLACES | _REMINDERS | {"events.invited", "events.changed", "events.convenor"},
    "courses.cancelled": _SEATS,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing somebody is to be told, in the order of asking; `thread` is its subject and person."""

    id: str
    thread: str
    kind: str
    version: int


def replaced(known: Iterable[Asked], asked: Asked) -> tuple[bool, set[str]]:
    """Whether `asked` comes too late, and the ids of the known ones that it takes the place of. All are of
    one thread, and which of them have gone out already is not asked here.
    """
    late, older = False, set[str]()
    for other in known:
        if other.kind == asked.kind:
            late = late or other.version > asked.version
            if other.version < asked.version:
                older.add(other.id)
        elif other.kind in REPLACES.get(asked.kind, ()):
            older.add(other.id)
    return late, set() if late else older

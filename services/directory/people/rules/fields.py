"""The fields of a person: whose each is, and who gets to see it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

Owner = Literal["agency", "person"]
# How far a reader sees: what all may see, what colleagues may see, or everything (the person themselves and
# their coordinator, who answers for the data).
Sight = Literal["network", "own_agency", "all"]
Audience = Literal["network", "own_agency", "nobody"]
Hidable = Literal["email", "phone", "title", "unit", "place", "working_days", "absence", "ask_me_about"]

# What a person may write themselves; the feed's value stays in its record and comes back when they take
# theirs away.
OWN_FIELDS = frozenset({"phone", "language", "absence", "ask_me_about", "working_days", "visibility"})

# Versions that are forgotten: the person's next record counts, whatever its version.
FORGOTTEN: Mapping[str, Any] = MappingProxyType(
    {"versions": {"forgotten": 0}, "arrived": None, "feed_version": 0}
)

# What a person may keep to themselves, and what is shown in its place. The network's work needs the rest:
# whoever must not be found at all has protected identity.
_HIDDEN: Mapping[Hidable, Any] = MappingProxyType(
    {
        "email": None,
        "phone": "",
        "title": "",
        "unit": "",
        "place": "",
        "working_days": [],
        "absence": None,
        "ask_me_about": [],
    }
)
HIDABLE: tuple[Hidable, ...] = tuple(_HIDDEN)


def seen(person: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    """The person as far as `sight` goes: what it doesn't reach looks as if nobody had said it."""
    choices: Mapping[Hidable, Audience] = person.get("visibility") or {}
    return {**person, **{name: _HIDDEN[name] for name in hidden(choices, sight)}}


def hidden(choices: Mapping[Hidable, Audience], sight: Sight) -> frozenset[Hidable]:
    """The fields that `sight` doesn't reach."""
    if sight == "all":
        return frozenset()
    out_of_sight = {"nobody"} if sight == "own_agency" else {"nobody", "own_agency"}
    return frozenset(name for name, audience in choices.items() if audience in out_of_sight)


def owner_of(field: str, own: Mapping[str, Any]) -> Owner:
    """Who says what the field holds now: where a person has written, the feed does not count."""
    return "person" if field in own else "agency"


def is_blank(person: Mapping[str, Any]) -> bool:
    """Erased, and not reported by the agency's system since."""
    return not person["employee_id"]

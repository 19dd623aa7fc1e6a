"""What becomes of a staff record, by its version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from services.directory.intake.models import Door
from services.directory.intake.rules.safety import Safety

Outcome = Literal["applied", "unchanged", "stale", "refused", "held"]
IN_FORCE: Mapping[Safety, str] = MappingProxyType(
    {
        "protected": "protected identity is in force all the same",
        "left": "the leave is in force all the same",
    }
)
# Where versions of all doors were one line, before each had its own.
_EARLIER = "earlier"
# Below this a version is a counter; from here on it counts milliseconds, seconds or more since 1970.
_A_CLOCK = 100_000_000_000
_AHEAD = timedelta(days=1)
_DIGITS_OF_A_DAY = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])([01]\d|2[0-3])([0-5]\d){2}\d{0,3}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refusal` says what its sender must change, where there is something to change; `holds`, what of a
    record that does not count is in force all the same.
    """

    outcome: Outcome
    refusal: str = ""
    holds: tuple[Safety, ...] = ()

    @property
    def reason(self) -> str:
        return "; ".join(filter(None, [self.refusal, *(IN_FORCE[each] for each in self.holds)]))


APPLIED = Verdict("applied")
UNCHANGED = Verdict("unchanged")
HELD = Verdict(
    "held",
    "more than 5 % of the agency's people have left within an hour: the coordinator is asked about it",
)
NOT_LEFT = Verdict(
    "refused",
    "the coordinator has said that this person has not left: send their record anew, with a higher version",
)
SOMEBODY_ELSE = Verdict(
    "refused",
    "another person works under this employee id: say first that they have left, or give this one an id of "
    "their own",
)

NEARLY_KNOWN = Verdict(
    "refused", "somebody of the same name is known under an employee id that differs by leading zeros only"
)


def judge(version: int, known: int | None, *, same_content: bool) -> Verdict:
    """A record counts if its version is higher than what is known; content matters at equality only."""
    if known is None or version > known:
        return APPLIED
    if version < known:
        return Verdict("stale", f"version {version} is older than {known}, which is known already")
    if same_content:
        return UNCHANGED
    return Verdict("refused", f"version {version} is known with other content: raise the version")


def newest_version(now: datetime) -> int:
    """The highest that counts: milliseconds, and a day for clocks that are ahead. A version beyond it would
    shut its person's later records out.
    """
    return int((now + _AHEAD).timestamp() * 1000)


def too_new(version: int, newest: int) -> Verdict:
    """For a version above `newest`."""
    return Verdict(
        "refused",
        f"version {version} is more than a day ahead of the clock and looks like {_unit(version, newest)}: "
        "send a counter, or milliseconds since 1970",
    )


def _unit(version: int, newest: int) -> str:
    if version <= newest * 2:
        return "milliseconds of a clock that is wrong"
    if _DIGITS_OF_A_DAY.fullmatch(str(version)):
        return "a date written in digits"
    for name, factor in (("microseconds", 1_000), ("nanoseconds", 1_000_000)):
        if newest // 2 <= version // factor <= newest * 2:
            return name
    return "no time in milliseconds"


def known_version(person: Mapping[str, Any], door: Door, version: int, newest: int) -> int | None:
    """What a record by this door is compared with. Each door counts in its own way, so a version of one says
    nothing about another's: between doors, what comes last counts.
    """
    versions: Mapping[str, int] = person.get("versions") or {_EARLIER: person["feed_version"]}
    known = versions.get(door)
    if known is None:
        known = versions.get(_EARLIER)
        if known is None or (known >= _A_CLOCK) != (version >= _A_CLOCK):
            return None
    # What older rules let in from beyond the clock shuts nobody out.
    return None if known > newest else known


def versions_after(person: Mapping[str, Any] | None, door: Door, version: int) -> dict[str, int]:
    if person is None:
        return {door: version}
    earlier = person.get("versions")
    return {**({_EARLIER: person["feed_version"]} if earlier is None else earlier), door: version}


def overtook(person: Mapping[str, Any], version: int, at: datetime) -> bool:
    """Whether something newer is known than a file that was handed in `at`, its version in milliseconds."""
    arrived = person.get("arrived")
    if not arrived:
        # Before each door had its line: a clock tells, a counter does not.
        return version < person["feed_version"] <= newest_version(at) and person["feed_version"] >= _A_CLOCK
    if arrived["door"] != "file" and arrived["at"] > at:
        return True
    return (person.get("versions") or {}).get("file", 0) > version

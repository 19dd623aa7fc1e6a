"""What becomes of a staff record, by its version."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["applied", "unchanged", "stale", "refused", "held"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` says what its sender must change, where there is something to change."""

    outcome: Outcome
    reason: str = ""


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


def judge(version: int, known: int | None, *, same_content: bool) -> Verdict:
    """A record counts if its version is higher than what is known; content matters at equality only."""
    if known is None or version > known:
        return APPLIED
    if version < known:
        return Verdict("stale", f"version {version} is older than {known}, which is known already")
    if same_content:
        return UNCHANGED
    return Verdict("refused", f"version {version} is known with other content: raise the version")

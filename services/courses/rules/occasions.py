"""What an occasion must be like."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from services.courses import refusals
from services.courses.models.documents import Occasion, day_of
from services.courses.rules.seats import room
from shared.errors import WrongField


def problems(
    occasion: Occasion, now: datetime, agencies: AbstractSet[str], before: Occasion | None = None
) -> dict[str, WrongField]:
    """Every wrong field with its reason. `agencies` are those of the network; `before` is the occasion as it
    is, where it is being changed.
    """
    found = _numbers(occasion, agencies)
    found.update(_times(occasion))
    if before is None or before.days != occasion.days:
        found.update(_days(occasion, now))
    if before is not None:
        found.update(_promises(occasion, before, now))
    return found


def _numbers(occasion: Occasion, agencies: AbstractSet[str]) -> dict[str, WrongField]:
    found: dict[str, WrongField] = {}
    kept = sum(occasion.quotas.values())
    unknown = sorted(set(occasion.quotas) - agencies)
    if unknown:
        names = ", ".join(unknown)
        found["quotas"] = refusals.QuotasForStrangers(f"not in the network: {names}", agencies=names)
    elif kept > occasion.seats:
        said = f"they sum to {kept}, and there are {occasion.seats} seats"
        found["quotas"] = refusals.QuotasAboveSeats(said, seats=occasion.seats)
    if occasion.minimum > occasion.seats:
        said = f"is {occasion.minimum}, and there are {occasion.seats} seats"
        found["minimum"] = refusals.MinimumAboveSeats(said, seats=occasion.seats)
    return found


def _times(occasion: Occasion) -> dict[str, WrongField]:
    names = ("quotas_open_at", "decision_at", "cancel_until")
    return {
        name: refusals.IsNotBeforeFirstDay(
            f"should be before the first day, {occasion.first_day}", first_day=str(occasion.first_day)
        )
        for name in names
        if (at := getattr(occasion, name)) is not None and at >= occasion.starts_at
    }


def _days(occasion: Occasion, now: datetime) -> dict[str, WrongField]:
    if len(set(occasion.days)) < len(occasion.days):
        return {"days": refusals.DayComesTwice()}
    if occasion.first_day <= day_of(now):
        return {"days": refusals.IsNotAfterToday()}
    return {}


def _promises(occasion: Occasion, before: Occasion, now: datetime) -> dict[str, WrongField]:
    """What people have been promised stays."""
    found: dict[str, WrongField] = {}
    if occasion.days != before.days and (before.taken or before.waiting):
        found["days"] = refusals.DaysAreFixed()
    if before.taken > occasion.seats:
        found["seats"] = refusals.SeatsAreTaken(f"{before.taken} are taken", taken=before.taken)
    if before.quotas_opened:
        for name in ("quotas", "quotas_open_at"):
            if getattr(occasion, name) != getattr(before, name):
                found[name] = refusals.QuotasAreOpen(f"the quotas opened to all at {before.quotas_open_at}")
    elif not found and room(occasion, now).spoken_for > occasion.seats:
        found["quotas"] = refusals.QuotasDoNotFit()
    return found

"""What an occasion must be like."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from services.courses.models.documents import Occasion, day_of
from services.courses.rules.seats import room


def problems(
    occasion: Occasion, now: datetime, agencies: AbstractSet[str], before: Occasion | None = None
) -> dict[str, str]:
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


def _numbers(occasion: Occasion, agencies: AbstractSet[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    kept = sum(occasion.quotas.values())
    unknown = sorted(set(occasion.quotas) - agencies)
    if unknown:
        found["quotas"] = f"not in the network: {', '.join(unknown)}"
    elif kept > occasion.seats:
        found["quotas"] = f"they sum to {kept}, and there are {occasion.seats} seats"
    if occasion.minimum > occasion.seats:
        found["minimum"] = f"is {occasion.minimum}, and there are {occasion.seats} seats"
    return found


def _times(occasion: Occasion) -> dict[str, str]:
    names = ("quotas_open_at", "decision_at", "cancel_until")
    return {
        name: f"should be before the first day, {occasion.first_day}"
        for name in names
        if (at := getattr(occasion, name)) is not None and at >= occasion.starts_at
    }


def _days(occasion: Occasion, now: datetime) -> dict[str, str]:
    if len(set(occasion.days)) < len(occasion.days):
        return {"days": "the same day comes twice"}
    if occasion.first_day <= day_of(now):
        return {"days": "should be after today"}
    return {}


def _promises(occasion: Occasion, before: Occasion, now: datetime) -> dict[str, str]:
    """What people have been promised stays."""
    found: dict[str, str] = {}
    if occasion.days != before.days and (before.taken or before.waiting):
        found["days"] = "people have enrolled for these days; cancel the occasion and make another"
    if before.taken > occasion.seats:
        found["seats"] = f"{before.taken} are taken"
    if before.quotas_opened:
        for name in ("quotas", "quotas_open_at"):
            if getattr(occasion, name) != getattr(before, name):
                found[name] = f"the quotas opened to all at {before.quotas_open_at}"
    elif not found and room(occasion, now).spoken_for > occasion.seats:
        found["quotas"] = "too many seats are taken already for all of these to be kept"
    return found

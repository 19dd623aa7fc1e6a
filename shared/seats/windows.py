"""When somebody may ask."""

from datetime import datetime

from shared.seats.facts import Refusal
from shared.seats.models import Terms, Window


def refusal_at(terms: Terms, agency: str, at: datetime) -> Refusal | None:
    """Why somebody of the agency can't ask at that time; without windows they always can."""
    if not terms.windows:
        return None
    theirs = [w for w in terms.windows if not w.agencies or agency in w.agencies]
    if any(_is_open(window, at) for window in theirs):
        return None
    coming = any(window.opens_at and at < window.opens_at for window in theirs)
    return "not_open_yet" if coming else "closed"


def _is_open(window: Window, at: datetime) -> bool:
    if window.opens_at and at < window.opens_at:
        return False
    return window.closes_at is None or at < window.closes_at

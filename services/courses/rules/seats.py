"""An occasion's seats and line, as the engine of `shared.seats` reads them."""

from collections.abc import Iterable
from datetime import datetime

from services.courses.models.documents import Enrolment, Occasion
from shared.seats.models import Claim, Quota, Rank, Seating, Terms
from shared.seats.promotion import quotas_opened


def terms(occasion: Occasion) -> Terms:
    quotas = tuple(
        Quota(agency, seats, occasion.quotas_open_at, opened=occasion.quotas_opened)
        for agency, seats in occasion.quotas.items()
    )
    held = not occasion.cancelled
    return Terms(occasion.seats, quotas, seats_until=occasion.starts_at, held=held)


def seating(occasion: Occasion, known: Iterable[Enrolment] = ()) -> Seating:
    """With those who are known; the occasion counts the others."""
    claims = {one.id: _claim(one) for one in known if one.active}
    waiting = [claim for claim in claims.values() if not claim.takes_seat]
    return Seating(
        terms(occasion),
        claims,
        taken=occasion.taken_by_agency,
        waiting=occasion.waiting,
        last_rank=occasion.last_in_line,
        line=tuple(claim.id for claim in sorted(waiting, key=lambda claim: claim.rank or (0, ""))),
    )


def _claim(enrolment: Enrolment) -> Claim:
    if enrolment.state == "waiting":
        return Claim(enrolment.id, enrolment.agency, "waiting", _rank(enrolment))
    return Claim(enrolment.id, enrolment.agency, "seated")


def _rank(enrolment: Enrolment) -> Rank:
    return enrolment.line, ""


def room(occasion: Occasion, now: datetime) -> Seating:
    """The seats as they are now, also where nobody has opened the quotas yet that are due."""
    return quotas_opened(seating(occasion), now).seating

"""The order of those who wait, and the tallies that follow from what people have."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace

from shared.seats.models import Claim, Rank, Seating


def changed(seating: Seating, changes: Mapping[str, Claim | None]) -> Seating:
    """With what these have now; None is nothing."""
    claims, taken, waiting = dict(seating.claims), dict(seating.taken), seating.waiting
    line, offered = seating.line, seating.offered
    last = seating.last_rank
    for id_, after in changes.items():
        before = claims.pop(id_, None)
        for claim, by in ((before, -1), (after, 1)):
            if claim and claim.takes_seat:
                taken[claim.agency] = taken.get(claim.agency, 0) + by
            elif claim:
                waiting += by
        if after:
            claims[id_] = after
            last = max(last, after.rank[0]) if after.rank else last
    left = {id_ for id_ in changes if id_ in seating.claims}
    if left:
        line = tuple(id_ for id_ in line if id_ not in left)
        offered = tuple(id_ for id_ in offered if id_ not in left)
    for id_, after in changes.items():
        if after and after.holds == "offered":
            offered = (*offered, id_)
        # Behind those who are not loaded, nobody knows where in the known part.
        elif after and after.holds == "waiting" and not seating.unseen:
            line = _joined(line, after, claims)
    counted = {agency: count for agency, count in taken.items() if count}
    return replace(
        seating, claims=claims, taken=counted, waiting=waiting, last_rank=last, line=line, offered=offered
    )


def _joined(line: tuple[str, ...], claim: Claim, claims: Mapping[str, Claim]) -> tuple[str, ...]:
    at = bisect_right(line, rank_of(claim), key=lambda id_: rank_of(claims[id_]))
    return (*line[:at], claim.id, *line[at:])


def rank_of(claim: Claim) -> Rank:
    """
    Raises:
        ValueError: somebody waits without a rank.

    """
    if claim.rank is None:
        raise ValueError("whoever waits has a rank")
    return claim.rank


def moved(seating: Seating, id_: str, to: int) -> Seating:
    """With somebody in another place, from 1. Those between step aside by one, and the same ranks are shared
    out among them: nobody else's changes, known or not.
    """
    order = [each for each in seating.line if each != id_]
    order.insert(to - 1, id_)
    ranks = [seating.claims[each].rank for each in seating.line]
    claims = dict(seating.claims)
    for each, rank in zip(order, ranks, strict=True):
        claims[each] = replace(claims[each], rank=rank)
    return replace(seating, claims=claims, line=tuple(order))

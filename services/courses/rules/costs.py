"""How an occasion's cost falls on the agencies, in öre and without a remainder."""

from collections.abc import Mapping

from shared.contracts.courses import CostKey


def participants(seats: Mapping[str, int], quotas: Mapping[str, int]) -> dict[str, int]:
    """Whom the cost is shared between, by seats: those enrolled; before anybody is, those with a quota."""
    taken = {agency: number for agency, number in seats.items() if number > 0}
    return taken or {agency: number for agency, number in quotas.items() if number > 0}


def weights(
    key: CostKey, host: str, seats: Mapping[str, int], headcounts: Mapping[str, int]
) -> dict[str, int]:
    """What each participant's share is proportional to. An occasion without participants is its host's."""
    if not seats:
        return {host: 1}
    if key == "headcount":
        counted = {agency: headcounts.get(agency, 0) for agency in seats}
        return counted if any(counted.values()) else dict.fromkeys(seats, 1)
    if key == "equal":
        return dict.fromkeys(seats, 1)
    if key == "host_free":
        guests = {agency: number for agency, number in seats.items() if agency != host}
        return {**dict.fromkeys(seats, 0), **guests} if guests else {host: 1}
    return dict(seats)


def divide(cost_ore: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Shares in proportion to the weights (largest remainder; among equals the first by name gets the odd
    öre). They sum to the cost exactly.

    Raises:
        ValueError: there is nothing to divide by.

    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("the weights must be positive")
    shares = {agency: cost_ore * weight // total for agency, weight in weights.items()}
    odd = cost_ore - sum(shares.values())
    by_remainder = sorted(weights, key=lambda agency: (-(cost_ore * weights[agency] % total), agency))
    for agency in by_remainder[:odd]:
        shares[agency] += 1
    return dict(sorted(shares.items()))


def shares(
    cost_ore: int, key: CostKey, host: str, seats: Mapping[str, int], headcounts: Mapping[str, int]
) -> dict[str, int]:
    return divide(cost_ore, weights(key, host, seats, headcounts))

"""How far it is between the places where the agencies are."""

from math import asin, cos, radians, sin, sqrt

_EARTH_KM = 6_371
_COORDINATES = {
    "eskilstuna": (59.37, 16.51),
    "gävle": (60.67, 17.14),
    "göteborg": (57.71, 11.97),
    "härnösand": (62.63, 17.94),
    "karlstad": (59.38, 13.50),
    "kramfors": (62.93, 17.79),
    "linköping": (58.41, 15.62),
    "luleå": (65.58, 22.15),
    "malmö": (55.61, 13.00),
    "norrköping": (58.59, 16.18),
    "sandö": (62.88, 17.88),
    "sollefteå": (63.17, 17.27),
    "stockholm": (59.33, 18.07),
    "sundsvall": (62.39, 17.31),
    "timrå": (62.49, 17.33),
    "umeå": (63.83, 20.26),
    "uppsala": (59.86, 17.64),
    "ånge": (62.52, 15.66),
    "örebro": (59.27, 15.21),
    "örnsköldsvik": (63.29, 18.72),
    "östersund": (63.18, 14.64),
}


def same_place(one: str, other: str) -> bool:
    return bool(one) and one.casefold() == other.casefold()


def distance_km(one: str, other: str) -> int | None:
    """As the crow flies, in whole kilometres; None where a place is not known here."""
    here, there = _COORDINATES.get(one.casefold()), _COORDINATES.get(other.casefold())
    if here is None or there is None:
        return None
    (lat1, lon1), (lat2, lon2) = here, there
    half = (
        sin(radians(lat2 - lat1) / 2) ** 2
        + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    )
    return round(2 * _EARTH_KM * asin(sqrt(half)))

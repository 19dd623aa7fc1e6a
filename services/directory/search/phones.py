"""Telephone numbers however written, in one form: `+46…`."""

import re

SHORTEST_PREFIX = 5

_SEPARATORS = re.compile(r"[,;|]|\s/\s|(?<=\d)/(?=\s*[0+])")
_NUMBER = re.compile(r"\+?[\d\s\-‐–().]*\d")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_SIGNS = re.compile(r"[^\d+]")


def _digits(written: str) -> str:
    return _SIGNS.sub("", _TRUNK_ZERO.sub("", written))


def readings(written: str) -> tuple[str, ...]:
    """The international forms a number, or the beginning of one, may stand for; most likely first."""
    digits = _digits(written)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+460"):
        digits = "+46" + digits[4:]
    if digits.startswith("+"):
        return (digits,)
    if digits.startswith("0"):
        return ("+46" + digits[1:],)
    if digits.startswith("46"):
        return ("+" + digits, "+46" + digits)
    return ("+46" + digits,)


def numbers(text: str) -> tuple[str, ...]:
    """Every number in a phone field, in all its readings."""
    found: list[str] = []
    for written in _SEPARATORS.split(text):
        match = _NUMBER.search(written)
        if match and sum(map(str.isdigit, match[0])) >= SHORTEST_PREFIX:
            found.extend(readings(match[0]))
    return tuple(dict.fromkeys(found))

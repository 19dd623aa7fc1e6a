"""Telephone numbers however written, in one form: `+46…`."""

import re

from shared.formats import phones

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
    """Every number in a phone field."""
    return tuple(dict.fromkeys(number.e164 for number in phones.numbers(text)))

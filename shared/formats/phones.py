"""Telephone numbers as people write them: one reading in the whole product, by `phonenumbers`."""

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

_HOME = "SE"
_SHORTEST = 5
# Of one field: nobody has more, and reading takes a while.
_MOST = 6
_LONGEST_FIELD = 250
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u00ad\ufe58\ufe63\uff0d]")
_SEPARATORS = re.compile(
    r"[,;|\n]|\s/\s|(?<=\d)/(?=\s*[0+(])|\b(?:eller|alt|och|samt|resp|or|and)\b|(?<=\d)\s+(?=\+)",
    re.IGNORECASE,
)
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
# What people write before or after a number: a switchboard is no extension, an extension is one.
_SWITCHBOARD = re.compile(r"\b(?:växel|vxl|vx|switchboard|exchange|vxnr)\b[.:]?", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?:\b(?:anknytning|ankn|ank|extension|extn|ext|anslutning|int|x)\b|(?<=\d)x(?=\d)|\bx(?=\d)|#)[.:\s]*(\d{1,7})\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\+?[\d\s().\-/]*\d")
# Nearly all of what comes: read alike without the library, which takes fifty times as long.
_PLAIN = re.compile(r"(?:\+46[ -]?|0)([1-9](?:[ -]?\d){7,8})")


class Number(NamedTuple):
    """`e164` is what is compared; `extension` is dialled behind it."""

    e164: str
    extension: str = ""

    @property
    def plain(self) -> str:
        """With the extension as RFC 3966 writes it."""
        return self.e164 + (f";ext={self.extension}" if self.extension else "")

    @property
    def uri(self) -> str:
        return f"tel:{self.plain}"

    def shown(self, *, at_home: bool) -> str:
        """As it is written in Sweden, or for whoever calls from elsewhere."""
        form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
        said = phonenumbers.format_number(phonenumbers.parse(self.e164), form)
        behind = ("ankn" if at_home else "ext.") if self.extension else ""
        return f"{said} {behind} {self.extension}".rstrip()


@lru_cache(maxsize=20_000)
def numbers(text: str) -> tuple[Number, ...]:
    """Every number in a phone field that can be dialled, in its order."""
    if found := _PLAIN.fullmatch(text):
        return (Number("+46" + re.sub(r"\D", "", found[1])),)
    cleaned = _DASHES.sub("-", text[:_LONGEST_FIELD])
    # A comma before an extension does not make two numbers of it.
    cleaned = re.sub(r"[,;]\s*(?=(?:ankn|ext|anknytning|x)\b)", " ", cleaned, flags=re.IGNORECASE)
    read = [_read(part) for part in _SEPARATORS.split(cleaned)[:_MOST]]
    return tuple(dict.fromkeys(number for number in read if number))


def first(text: str) -> Number | None:
    return next(iter(numbers(text)), None)


def _read(written: str) -> Number | None:
    extension = found[1] if (found := _EXTENSION.search(written)) else ""
    main = _SWITCHBOARD.sub(" ", _EXTENSION.sub(" ", _TRUNK_ZERO.sub("", written)))
    digits = _DIGITS.search(main)
    if not digits or sum(map(str.isdigit, digits[0])) < _SHORTEST:
        return None
    said = digits[0]
    if re.match(r"46[1-9]", re.sub(r"\D", "", said)) and not said.startswith("+"):
        # 46701234567 without its plus.
        said = f"+{said}"
    try:
        number = phonenumbers.parse(said, _HOME)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return Number(phonenumbers.format_number(number, PhoneNumberFormat.E164), extension)

"""Days, times, names and reasons as people say them, in Swedish and English."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_name
from babel.lists import format_list

from shared.contracts.types import Language
from shared.formats.phones import first
from shared.moments import comes_twice

# Times in this zone don't name their zone: it is where the network's people live.
HOME_ZONE = "Europe/Stockholm"
_LOCALES = {"sv": "sv_SE", "en": "en_GB"}
_TIME = {"sv": "%H.%M", "en": "%H:%M"}
_REASONS: dict[Language, dict[str, str]] = {
    "sv": {
        "role": "samma roll som du",
        "specialty": "samma specialområde",
        "same_place": "samma ort",
        "near": "nära dig",
        "have_met": "ni har träffats",
        "same_group": "samma grupp",
    },
    "en": {
        "role": "same role as you",
        "specialty": "same specialist field",
        "same_place": "same town",
        "near": "close to you",
        "have_met": "you have met",
        "same_group": "same group",
    },
}
_PARTS: dict[Language, dict[str, str]] = {
    "sv": {"title": "rubriken", "topic": "ämnet", "text": "beskrivningen"},
    "en": {"title": "the title", "topic": "the topic", "text": "the description"},
}


# Babel reads its patterns again at each call; what a meeting's mails say is the same few days and times.
@lru_cache(maxsize=1_000)
def _date(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


_FIELDS: dict[Language, dict[str, str]] = {
    "sv": {
        "given_name": "förnamn",
        "family_name": "efternamn",
        "email": "e-postadress",
        "phone": "telefonnummer",
        "title": "titel",
        "unit": "enhet",
        "place": "ort",
        "roles": "roller",
        "assignments": "uppdrag",
        "specialties": "specialiteter",
        "language": "språk",
        "absence": "frånvaro",
        "ask_me_about": "det du vill bli frågad om",
        "working_days": "arbetsdagar",
        "visibility": "vem som ser dina uppgifter",
        "status": "om du arbetar kvar",
    },
    "en": {
        "given_name": "given name",
        "family_name": "family name",
        "email": "e-mail address",
        "phone": "phone number",
        "title": "title",
        "unit": "unit",
        "place": "place",
        "roles": "roles",
        "assignments": "assignments",
        "specialties": "specialist fields",
        "language": "language",
        "absence": "absence",
        "ask_me_about": "what you want to be asked about",
        "working_days": "working days",
        "visibility": "who sees your details",
        "status": "whether you still work there",
    },
}


class Words:
    """One language; `agencies` are names by slug."""

    def __init__(self, language: Language, agencies: Mapping[str, str]) -> None:
        self.language: Language = language
        self._locale = _LOCALES[language]
        self._agencies = agencies

    def day(self, day: date) -> str:
        """Torsdag 3 december 2026"""
        return _date(day, "EEEE d MMMM y", self._locale)

    def home_day(self, moment: datetime) -> str:
        """The day a moment falls on in the network's zone."""
        return self.day(moment.astimezone(ZoneInfo(HOME_ZONE)).date())

    def short_day(self, moment: datetime, zone: str) -> str:
        """3 december"""
        return _date(moment.astimezone(ZoneInfo(zone)).date(), "d MMMM", self._locale)

    def days(self, days: Sequence[date]) -> str:
        """måndag 11 och tisdag 12 januari 2027: month and year where they change, and at the end."""
        ordered = sorted(days)
        said: list[str] = []
        for position, day in enumerate(ordered):
            later = ordered[position + 1] if position + 1 < len(ordered) else None
            pattern = "EEEE d MMMM y"
            if later and later.year == day.year:
                pattern = "EEEE d" if later.month == day.month else "EEEE d MMMM"
            said.append(_date(day, pattern, self._locale))
        return format_list(said, locale=self._locale).replace(", and ", " and ")

    def moment(self, moment: datetime, zone: str = HOME_ZONE) -> str:
        """Torsdag 3 december 2026 kl. 13.00"""
        local = moment.astimezone(ZoneInfo(zone))
        return f"{self.day(local.date())}{self._at}{self._time(local)}{self._zone(local, zone)}"

    def when(self, starts_at: datetime, ends_at: datetime, zone: str) -> str:
        """Torsdag 3 december 2026 kl. 13.00–15.00, in the meeting's own zone."""
        start, end = starts_at.astimezone(ZoneInfo(zone)), ends_at.astimezone(ZoneInfo(zone))
        first = f"{self.day(start.date())}{self._at}{self._time(start)}"
        turned = start.utcoffset() != end.utcoffset()
        if turned or comes_twice(start, ZoneInfo(zone)):
            first += self._zone(start, zone) or f" ({get_timezone_name(start, locale=self._locale)})"
        last = f"{self._time(end)}{self._zone(end, zone)}"
        if start.date() == end.date():
            return f"{first}–{last}"
        return f"{first} – {self.day(end.date())}{self._at}{last}"

    @property
    def _at(self) -> str:
        return " kl.\u00a0" if self.language == "sv" else ", "

    def _time(self, local: datetime) -> str:
        return local.strftime(_TIME[self.language])

    def _zone(self, local: datetime, zone: str) -> str:
        if zone == HOME_ZONE and not comes_twice(local, ZoneInfo(zone)):
            return ""
        return f" ({get_timezone_name(local, locale=self._locale)})"

    def agency(self, slug: str) -> str:
        return self._agencies.get(slug, slug)

    def agencies(self, slugs: Sequence[str]) -> str:
        return self.list([self.agency(slug) for slug in dict.fromkeys(slugs)])

    def inline(self, role: str) -> str:
        """A role's name inside a sentence: upphandlare, but HR-specialist."""
        return role if role[1:2].isupper() else role[:1].lower() + role[1:]

    def why(self, codes: Sequence[str]) -> str:
        """Reasons for being listed, as one sentence; codes that came after these words are left out."""
        known = [_REASONS[self.language][code] for code in codes if code in _REASONS[self.language]]
        said = format_list(known, locale=self._locale).replace(", and ", " and ") if known else ""
        return said[:1].upper() + said[1:]

    def parts(self, names: Sequence[str]) -> str:
        """Parts of a practice; those that came after these words are left out."""
        return self.list([_PARTS[self.language][name] for name in names if name in _PARTS[self.language]])

    def inlines(self, roles: Sequence[str]) -> str:
        return self.list([self.inline(role) for role in roles])

    def fields(self, names: Sequence[str]) -> list[str]:
        """Fields of a profile, in the order of the alphabet; what has no word yet is left out."""
        return sorted(_FIELDS[self.language][name] for name in names if name in _FIELDS[self.language])

    def list(self, words: Sequence[str]) -> str:
        return format_list(list(words), locale=self._locale) if words else ""

    def months(self, months: int) -> str:
        if self.language == "sv":
            return "1 månad" if months == 1 else f"{months} månader"
        return "1 month" if months == 1 else f"{months} months"


def tel(phone: str) -> str:
    """What a link dials: the first number of the field, or nothing where there is none."""
    number = first(phone)
    return number.uri if number else ""


def is_link(address: str) -> bool:
    """Whether it may be made a link; anything else that was written there is shown as text."""
    return bool(re.fullmatch(r"https?://[^\s<>\"]+", address))

"""Days, times, numbers and names as people say them in one language."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit
from markupsafe import Markup, escape

from services.portal.web.tongues import language_of
from shared.contracts.events import Answers, answers_at
from shared.contracts.types import Language
from shared.formats.phones import first
from shared.moments import comes_twice

HOME = ZoneInfo("Europe/Stockholm")
_ANSWERED = ("opens_at", "closes_at")
# Endings that a first part has only inside a compound: tillgänglighets-, upphandlings-, informations-.
_JOINT = re.compile(r"(?:hets|ings|ions|skaps|manna)(?=\w{4})")
_LOCALES = {"sv": "sv_SE", "en": "en_GB"}


class Speech:
    """`agencies` and `roles` are names by slug and code."""

    def __init__(
        self,
        language: Language,
        agencies: Mapping[str, str],
        roles: Mapping[str, str],
        specialties: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.language: Language = language
        self._locale = _LOCALES[language]
        self._agencies = agencies
        self._roles = roles
        self._specialties = specialties

    @property
    def home(self) -> ZoneInfo:
        return HOME

    def agency(self, slug: str) -> str:
        return self._agencies.get(slug, slug)

    @property
    def agencies(self) -> Mapping[str, str]:
        return self._agencies

    def role(self, code: str) -> str:
        return self._roles.get(code, code)

    def held(self, roles: Sequence[Mapping[str, Any]]) -> str:
        """Roles or assignments by name, those in force today."""
        day = datetime.now(HOME).date().isoformat()
        return ", ".join(
            self.role(one["code"])
            for one in roles
            if (one.get("since") or "") <= day <= (one.get("until") or "9999-12-31")
        )

    def specialty(self, name: str) -> str:
        """One of the list in the reader's language; an agency's own word as it is."""
        return self._specialties.get(name, name)

    def said(self, text: str) -> Markup:
        """What somebody wrote, marked with its language where that is another than the page's: a screen
        reader would otherwise read Swedish with English sounds.
        """
        shown = escape(soft(text))
        tongue = language_of(text)
        if tongue is None or tongue == self.language:
            return shown
        return Markup('<span lang="{}">{}</span>').format(tongue, shown)

    def names_of(self, codes: Sequence[str]) -> list[str]:
        """Of roles."""
        return [self.role(code) for code in codes]

    def inline(self, role: str) -> str:
        """A role's name inside a sentence: upphandlare, but HR-specialist."""
        return role if role[1:2].isupper() else role[:1].lower() + role[1:]

    def is_today(self, since: str, until: str) -> bool:
        return since <= datetime.now(HOME).date().isoformat() <= until

    @property
    def roles(self) -> Mapping[str, str]:
        return self._roles

    def day(self, value: str | date, zone: str = HOME.key) -> str:
        """Torsdag 3 december 2026"""
        return _capital(format_date(_day(value, zone), "EEEE d MMMM y", locale=self._locale))

    def short_day(self, value: str | date) -> str:
        """3 dec. 2026"""
        return format_date(_day(value), "d MMM y", locale=self._locale)

    def number_of_day(self, value: str | date, zone: str = HOME.key) -> str:
        return str(_day(value, zone).day)

    def month(self, value: str | date, zone: str = HOME.key) -> str:
        """Dec"""
        return format_date(_day(value, zone), "MMM", locale=self._locale).rstrip(".")

    def month_and_year(self, month: str) -> str:
        """November 2026, of 2026-11"""
        return _capital(format_date(_day(f"{month}-01"), "LLLL y", locale=self._locale))

    def weekday(self, value: str | date) -> str:
        return format_date(_day(value), "EEEE", locale=self._locale)

    def time(self, value: str, zone: str = "Europe/Stockholm") -> str:
        """13.00 in Swedish, 13:00 in English"""
        local = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        return f"{local:%H.%M}" if self.language == "sv" else f"{local:%H:%M}"

    def moment(self, value: str, zone: str = HOME.key) -> str:
        """Torsdag 3 december 2026 kl. 13.00"""
        return f"{self.day(value, zone)}{self._at}{self.time(value, zone)}"

    def at(self, value: str, zone: str = HOME.key) -> str:
        """Inside a sentence: torsdag 3 december 2026 kl. 13.00"""
        said = self.moment(value, zone)
        return said[:1].lower() + said[1:] if self.language == "sv" else said

    def on_day(self, value: str | date) -> str:
        """Inside a sentence: torsdag 3 december 2026"""
        said = self.day(value)
        return said[:1].lower() + said[1:] if self.language == "sv" else said

    def when(self, starts_at: str, ends_at: str, zone: str = HOME.key) -> str:
        """Torsdag 3 december 2026 kl. 13.00–15.00, by the clock where the meeting is, as in its mails. The
        zone is named where it is not Stockholm's, or where the clock is turned and shows a time twice.
        """
        info = ZoneInfo(zone)
        start, end = (datetime.fromisoformat(at).astimezone(info) for at in (starts_at, ends_at))
        named = zone != HOME.key
        first, last = self.moment(starts_at, zone), self.time(ends_at, zone)
        if start.utcoffset() != end.utcoffset() or comes_twice(start, info):
            first += self._zone(start)
            named = named or comes_twice(end, info)
        last += self._zone(end) if named else ""
        if start.date() == end.date():
            # Word joiners: a line may otherwise end at the dash.
            return f"{first}\u2060–\u2060{last}"
        return f"{first} – {self.day(ends_at, zone)}{self._at}{last}"

    def _zone(self, local: datetime) -> str:
        return f" ({get_timezone_name(local, locale=self._locale)})"

    def answers(self, meeting: Mapping[str, Any], now: datetime) -> Answers:
        """Whether a yes or a maybe is taken."""
        opens, closes = (meeting[name] and datetime.fromisoformat(meeting[name]) for name in _ANSWERED)
        return answers_at(opens, closes, now)

    @property
    def _at(self) -> str:
        # What belongs together stays on one line.
        return " kl.\u00a0" if self.language == "sv" else ", "

    def waited(self, since: str, now: datetime) -> str:
        """3 minuter. Kafka's clock may be ahead of ours."""
        gone = max(timedelta(0), now - datetime.fromisoformat(since))
        return format_timedelta(gone, locale=self._locale)

    def days(self, days: Sequence[str]) -> str:
        return _capital(
            self.all_of([format_date(_day(d), "EEEE d MMMM y", locale=self._locale) for d in days])
        )

    def all_of(self, things: Sequence[str]) -> str:
        """Sundsvall, Härnösand och Kramfors"""
        return format_list(list(things), locale=self._locale).replace(", and ", " and ") if things else ""

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self._locale)

    def span(self, months: int) -> str:
        """5 år, 18 månader"""
        years, rest = divmod(months, 12)
        of, number = ("year", years) if years and not rest else ("month", months)
        return format_unit(number, f"duration-{of}", locale=self._locale)

    def kronor(self, ore: int) -> str:
        """12 500 kr, rounded: öre are for statements."""
        return f"{format_decimal(round(ore / 100), locale=self._locale)} kr"


def _day(value: str | date, zone: str = HOME.key) -> date:
    """A day, or the day an instant falls on there."""
    if isinstance(value, date):
        return value
    if len(value) == 10:
        return date.fromisoformat(value)
    return datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).date()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def tel(phone: str) -> str:
    """What a link dials: the first number of the field, or nothing where there is none."""
    number = first(phone)
    return number.uri if number else ""


def breakable(address: str) -> Markup:
    """An email address that breaks where its parts meet, if it must."""
    return Markup("").join(
        escape(part) if index == 0 else Markup("<wbr>") + escape(part)
        for index, part in enumerate(re.split(r"(?=[@.])", address))
    )


def soft(text: str) -> str:
    """Long Swedish compounds may be broken where their parts meet."""
    return re.sub(r"\w{18,}", lambda word: _JOINT.sub("\\g<0>\u00ad", word[0]), text)

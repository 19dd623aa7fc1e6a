"""Reasons in plain words, in Swedish and English."""

from collections.abc import Callable, Mapping
from datetime import date

from babel.dates import format_date
from babel.lists import format_list

from services.courses.rules.eligibility import Code, Reason
from shared.contracts.types import Language

Say = Callable[[Reason, "Speech"], str]


class Speech:
    """One language, seen from one day; `names` are the agencies' names by slug."""

    def __init__(self, language: Language, today: date, names: Mapping[str, str]) -> None:
        self.language: Language = language
        self._today = today
        self._names = names

    def day(self, day: date | None) -> str:
        if day is None:
            return ""
        pattern = "d MMMM" if day.year == self._today.year else "d MMMM y"
        return format_date(day, pattern, locale=self.language)

    def span(self, months: int | None) -> str:
        """A number of months as people say it."""
        years, rest = divmod(months or 0, 12)
        if self.language == "sv":
            return f"{years} år" if years and not rest else _count(months or 0, "månad", "månader")
        return (
            _count(years, "year", "years") if years and not rest else _count(months or 0, "month", "months")
        )

    def any_of(self, words: tuple[str, ...]) -> str:
        named = [self._names.get(word, word) for word in words]
        return format_list(named, style="or", locale=self.language)

    def reason(self, reason: Reason) -> str:
        return _REASONS[self.language][reason.code](reason, self)

    def remedies(self, reason: Reason) -> list[str]:
        """What would change it; nothing where nothing would."""
        say = _REMEDIES[self.language].get(reason.code)
        found = [say(reason, self)] if say else []
        if reason.place_in_line:
            found.append(_LINE[self.language].format(reason.place_in_line))
        return [words for words in found if words]


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _quota(reason: Reason, taken: str, kept: str) -> str:
    return taken if reason.number else kept


_LINE: dict[Language, str] = {
    "sv": "Ställ dig i kön. Du får plats {} i den och får veta om det blir en plats ledig för dig.",
    "en": "Join the waiting list. You will be number {} and will be told if a seat becomes free for you.",
}

_SV: dict[Code, Say] = {
    "cancelled": lambda _r, _s: "Kurstillfället är inställt.",
    "begun": lambda _r, _s: "Kursen har börjat. Det går inte längre att anmäla sig eller avboka.",
    "left": lambda _r, _s: "Anställningen vid myndigheten har upphört.",
    "already_enrolled": lambda _r, _s: "Du har redan en plats.",
    "already_waiting": lambda r, _s: f"Du står redan i kön, på plats {r.number}.",
    "seat_elsewhere": lambda r, s: f"Du har redan en plats på kursen, den {s.day(r.on)}.",
    "line_elsewhere": lambda r, s: f"Du står redan i kö till kursen, den {s.day(r.on)}.",
    "audience_agencies": lambda r, s: f"Kursen är för den som arbetar vid {s.any_of(r.wanted)}.",
    "audience_roles": lambda r, s: f"Kursen är för den som har rollen {s.any_of(r.wanted)}.",
    "audience_assignments": lambda r, s: f"Kursen är för den som har uppdraget {s.any_of(r.wanted)}.",
    "audience_specialties": lambda r, s: f"Kursen är för den som arbetar med {s.any_of(r.wanted)}.",
    "audience_places": lambda r, s: f"Kursen är för den som arbetar i {s.any_of(r.wanted)}.",
    "audience_groups": lambda _r, _s: (
        "Kursen är för medlemmar i vissa grupper, och du är inte med i någon av dem."
    ),
    "employment_start_unknown": lambda _r, _s: "Vi vet inte när din anställning började.",
    "tenure_too_short": lambda r, s: f"Kursen är för den som har varit anställd i minst {s.span(r.number)}.",
    "tenure_too_long": lambda r, s: f"Kursen är för den som har varit anställd i högst {s.span(r.number)}.",
    "quota_used": lambda r, _s: _quota(
        r,
        f"Din myndighets {_count(r.number or 0, 'plats är tagen', 'platser är tagna')}.",
        "De platser som är kvar är reserverade för andra myndigheter.",
    ),
    "full": lambda _r, _s: "Alla platser är tagna.",
    "too_late_to_cancel": lambda r, s: f"Det gick att avboka till och med den {s.day(r.on)}.",
}

_EN: dict[Code, Say] = {
    "cancelled": lambda _r, _s: "This course occasion has been cancelled.",
    "begun": lambda _r, _s: "The course has begun. It is no longer possible to enrol or to cancel.",
    "left": lambda _r, _s: "The employment at the agency has ended.",
    "already_enrolled": lambda _r, _s: "You already have a seat.",
    "already_waiting": lambda r, _s: f"You are already on the waiting list, as number {r.number}.",
    "seat_elsewhere": lambda r, s: f"You already have a seat on this course, on {s.day(r.on)}.",
    "line_elsewhere": lambda r, s: f"You are already on the waiting list for this course, on {s.day(r.on)}.",
    "audience_agencies": lambda r, s: f"The course is for those who work at {s.any_of(r.wanted)}.",
    "audience_roles": lambda r, s: f"The course is for those who have the role {s.any_of(r.wanted)}.",
    "audience_assignments": lambda r, s: (
        f"The course is for those who have the assignment {s.any_of(r.wanted)}."
    ),
    "audience_specialties": lambda r, s: f"The course is for those who work with {s.any_of(r.wanted)}.",
    "audience_places": lambda r, s: f"The course is for those who work in {s.any_of(r.wanted)}.",
    "audience_groups": lambda _r, _s: (
        "The course is for members of certain groups, and you are in none of them."
    ),
    "employment_start_unknown": lambda _r, _s: "We do not know when your employment began.",
    "tenure_too_short": lambda r, s: (
        f"The course is for those who have been employed for at least {s.span(r.number)}."
    ),
    "tenure_too_long": lambda r, s: (
        f"The course is for those who have been employed for at most {s.span(r.number)}."
    ),
    "quota_used": lambda r, _s: _quota(
        r,
        f"Your agency's {_count(r.number or 0, 'seat is', 'seats are')} taken.",
        "The seats that are left are reserved for other agencies.",
    ),
    "full": lambda _r, _s: "All seats are taken.",
    "too_late_to_cancel": lambda r, s: f"It was possible to cancel up to and including {s.day(r.on)}.",
}

_SV_REMEDIES: dict[Code, Say] = {
    "cancelled": lambda _r, _s: "Välj ett annat kurstillfälle.",
    "begun": lambda _r, _s: "Välj ett senare kurstillfälle.",
    "already_waiting": lambda _r, _s: "Du får plats när någon före dig avbokar och platsen är till för dig.",
    "seat_elsewhere": lambda r, s: f"Avboka platsen den {s.day(r.on)}, så kan du ta en här.",
    "line_elsewhere": lambda r, s: f"Lämna kön till den {s.day(r.on)}, så kan du anmäla dig här.",
    "audience_agencies": lambda _r, _s: "Be den som ordnar kursen att öppna den för din myndighet.",
    "audience_roles": lambda _r, _s: "Stämmer inte din roll? Be din myndighet att rätta den.",
    "audience_assignments": lambda _r, _s: "Stämmer inte dina uppdrag? Be din myndighet att rätta dem.",
    "audience_specialties": lambda _r, _s: "Lägg till din inriktning i din profil om den saknas.",
    "audience_places": lambda _r, _s: "Stämmer inte din ort? Be din myndighet att rätta den.",
    "audience_groups": lambda _r, _s: "Gå med i en av kursens grupper.",
    "employment_start_unknown": lambda _r, _s: "Be din myndighet att fylla i ditt anställningsdatum.",
    "tenure_too_short": lambda r, s: f"Den {s.day(r.on)} har du varit anställd så länge.",
    "tenure_too_long": lambda _r, _s: "Välj en kurs för den som har varit anställd längre.",
    "quota_used": lambda r, s: f"Den {s.day(r.on)} öppnar de lediga platserna för alla." if r.on else "",
}

_EN_REMEDIES: dict[Code, Say] = {
    "cancelled": lambda _r, _s: "Choose another occasion.",
    "begun": lambda _r, _s: "Choose a later occasion.",
    "already_waiting": lambda _r, _s: (
        "You get a seat when somebody ahead of you cancels and the seat is open to you."
    ),
    "seat_elsewhere": lambda r, s: f"Cancel the seat on {s.day(r.on)}; then you can take one here.",
    "line_elsewhere": lambda r, s: f"Leave the waiting list for {s.day(r.on)}; then you can enrol here.",
    "audience_agencies": lambda _r, _s: "Ask those who arrange the course to open it to your agency.",
    "audience_roles": lambda _r, _s: "Is your role wrong? Ask your agency to correct it.",
    "audience_assignments": lambda _r, _s: "Are your assignments wrong? Ask your agency to correct them.",
    "audience_specialties": lambda _r, _s: "Add your specialty to your profile if it is missing.",
    "audience_places": lambda _r, _s: "Is your place of work wrong? Ask your agency to correct it.",
    "audience_groups": lambda _r, _s: "Join one of the course's groups.",
    "employment_start_unknown": lambda _r, _s: "Ask your agency to fill in when you were employed.",
    "tenure_too_short": lambda r, s: f"On {s.day(r.on)} you will have been employed for that long.",
    "tenure_too_long": lambda _r, _s: "Choose a course for those who have been employed longer.",
    "quota_used": lambda r, s: f"On {s.day(r.on)} the free seats open to everybody." if r.on else "",
}
_REASONS: dict[Language, dict[Code, Say]] = {"sv": _SV, "en": _EN}
_REMEDIES: dict[Language, dict[Code, Say]] = {"sv": _SV_REMEDIES, "en": _EN_REMEDIES}

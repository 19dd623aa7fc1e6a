"""Why can't I book, in words that people use."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from services.courses.models.documents import Enrolment, day_of
from services.courses.rules import eligibility
from services.courses.rules.eligibility import Code, Reason
from services.courses.rules.words import Speech
from shared.contracts.courses import EnrolmentState
from shared.contracts.events import Audience
from shared.contracts.types import Held, Language
from tests.courses.builders import NOW, an_occasion
from tests.harness import a_person

TODAY = day_of(NOW)
NAMES = {"csn": "CSN", "spv": "SPV", "msb": "MSB"}
OPENS = datetime(2026, 12, 3, 7, tzinfo=UTC)


def speech(language: Language = "sv") -> Speech:
    return Speech(language, TODAY, NAMES)


@pytest.mark.parametrize(
    ("occasion", "person", "codes", "gets"),
    [
        ({}, {}, [], "enrolled"),
        ({"cancelled": True}, {}, ["cancelled"], None),
        ({"days": (TODAY,)}, {}, ["begun"], None),
        ({}, {"status": "left"}, ["left"], None),
        ({"audience": Audience(agencies=("csn",))}, {}, ["audience_agencies"], None),
        ({"audience": Audience(roles=("jurist",))}, {}, ["audience_roles"], None),
        (
            {"audience": Audience(roles=("jurist",))},
            {"roles": ("jurist",)},
            [],
            "enrolled",
        ),
        (
            {"audience": Audience(groups=("g",), places=("Ånge",))},
            {},
            ["audience_places", "audience_groups"],
            None,
        ),
        ({"audience": Audience(assignments=("hso",))}, {"assignments": (Held(code="hso"),)}, [], "enrolled"),
        (
            {"audience": Audience(assignments=("hso",))},
            {"assignments": (Held(code="hso", until=TODAY - timedelta(days=1)),)},
            ["audience_assignments"],
            None,
        ),
        ({"min_months": 60}, {}, ["employment_start_unknown"], None),
        ({"min_months": 60}, {"employed_from": date(2022, 3, 1)}, ["tenure_too_short"], None),
        # Five years by the first day is enough.
        ({"min_months": 60}, {"employed_from": date(2022, 2, 1)}, [], "enrolled"),
        ({"max_months": 6}, {"employed_from": date(2026, 5, 22)}, ["tenure_too_long"], None),
        # New when booking is enough.
        ({"max_months": 6}, {"employed_from": date(2026, 6, 1)}, [], "enrolled"),
        ({"seats": 1, "taken_by_agency": {"csn": 1}}, {}, ["full"], "waiting"),
        ({"seats": 2, "quotas": {"csn": 2}}, {}, ["quota_used"], "waiting"),
        (
            {"seats": 1, "taken_by_agency": {"csn": 1}, "audience": Audience(agencies=("csn",))},
            {},
            ["audience_agencies", "full"],
            None,
        ),
    ],
)
def test_what_keeps_somebody_out(
    occasion: dict[str, Any], person: dict[str, Any], codes: list[str], gets: str | None
) -> None:
    found = eligibility.reasons(an_occasion(**occasion), a_person("spv", **person), NOW)
    assert [reason.code for reason in found] == codes
    assert eligibility.would_get(found) == gets


def test_a_used_quota_is_explained_with_the_day_it_opens() -> None:
    occasion = an_occasion(
        seats=10, quotas={"spv": 4, "csn": 6}, taken_by_agency={"spv": 4}, quotas_open_at=OPENS, waiting=2
    )
    (reason,) = eligibility.reasons(occasion, a_person("spv"), NOW)
    assert speech().reason(reason) == "Din myndighets 4 platser är tagna."
    assert speech().remedies(reason)[0] == "Den 3 december öppnar de lediga platserna för alla."
    assert "plats 3" in speech().remedies(reason)[1]
    assert speech("en").reason(reason) == "Your agency's 4 seats are taken."
    assert speech("en").remedies(reason)[0] == "On 3 December the free seats open to everybody."


def test_tenure_is_explained_with_the_day_it_fits() -> None:
    (reason,) = eligibility.reasons(
        an_occasion(min_months=60), a_person("spv", employed_from=date(2022, 3, 1)), NOW
    )
    assert speech().reason(reason) == "Kursen är för den som har varit anställd i minst 5 år."
    assert speech().remedies(reason) == ["Den 1 mars 2027 har du varit anställd så länge."]


def test_who_is_kept_out_by_something_else_is_not_sent_to_the_line() -> None:
    full = an_occasion(seats=1, taken_by_agency={"csn": 1}, max_months=6)
    new, old = (
        eligibility.reasons(full, a_person("spv", employed_from=begun), NOW)
        for begun in (date(2026, 10, 1), date(2001, 1, 1))
    )
    advice = "Ställ dig i kön"
    assert any(advice in remedy for reason in new for remedy in speech().remedies(reason))
    assert not any(advice in remedy for reason in old for remedy in speech().remedies(reason))


def test_agencies_are_called_by_their_names() -> None:
    found = Reason("audience_agencies", wanted=("csn", "msb"))
    assert speech().reason(found) == "Kursen är för den som arbetar vid CSN eller MSB."
    assert speech("en").reason(found) == "The course is for those who work at CSN or MSB."


def a_part(person: str, state: EnrolmentState) -> Enrolment:
    return Enrolment(
        id=f"o/{person}",
        version=1,
        occasion_id="o",
        course_id="c",
        person_id=person,
        agency="spv",
        state=state,
        first_day=date(2027, 2, 1),
        changed_at=NOW,
    )


@pytest.mark.parametrize(
    ("state", "code"), [("enrolled", "already_enrolled"), ("waiting", "already_waiting")]
)
def test_who_has_a_part_already_is_told_so(state: Any, code: str) -> None:
    person = a_person("spv")
    current = a_part(person.id, state)
    (reason,) = eligibility.reasons(an_occasion(), person, NOW, current, 3)
    assert reason.code == code
    assert speech().reason(reason)
    if state == "waiting":
        assert "plats 3" in speech().reason(reason)


@pytest.mark.parametrize(
    ("months", "swedish", "english"),
    [
        (None, "0 månader", "0 months"),
        (1, "1 månad", "1 month"),
        (6, "6 månader", "6 months"),
        (12, "1 år", "1 year"),
        (18, "18 månader", "18 months"),
        (60, "5 år", "5 years"),
    ],
)
def test_months_are_said_as_people_say_them(months: int | None, swedish: str, english: str) -> None:
    assert speech("sv").span(months) == swedish
    assert speech("en").span(months) == english


def test_a_word_without_a_name_is_said_as_it_is() -> None:
    assert speech("en").any_of(("csn", "xyz")) == "CSN or xyz"


def test_a_reason_says_what_it_is_about() -> None:
    long_ago = a_person("spv", employed_from=date(2026, 5, 22))
    assert eligibility.reasons(an_occasion(max_months=6), long_ago, NOW) == [
        Reason("tenure_too_long", on=date(2026, 11, 22), number=6)
    ]
    kept = an_occasion(seats=2, quotas={"csn": 2}, quotas_open_at=OPENS, waiting=4)
    assert eligibility.reasons(kept, a_person("spv"), NOW) == [
        Reason("quota_used", on=date(2026, 12, 3), number=0, place_in_line=5)
    ]
    assert speech().reason(Reason("quota_used", number=0)).startswith("De platser som är kvar")
    full = an_occasion(seats=1, taken_by_agency={"csn": 1}, waiting=4)
    assert eligibility.reasons(full, a_person("spv"), NOW) == [Reason("full", place_in_line=5)]


@pytest.mark.parametrize(("state", "code"), [("enrolled", "seat_elsewhere"), ("waiting", "line_elsewhere")])
def test_a_part_in_another_occasion_is_told_with_its_day(state: Any, code: Code) -> None:
    person = a_person("spv")
    other = an_occasion(id="other", days=(date(2027, 3, 2), date(2027, 3, 1)))
    reason = eligibility.elsewhere(a_part(person.id, state), other)
    assert reason == Reason(code, on=date(2027, 3, 1))
    assert eligibility.reasons(an_occasion(), person, NOW, elsewhere=reason) == [reason]
    assert eligibility.would_get([reason]) is None


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("code", get_args(Code))
def test_every_reason_has_words_in_both_languages(code: Code, language: Language) -> None:
    reason = Reason(code, on=date(2027, 2, 3), number=1, wanted=("csn",), place_in_line=1)
    texts = [speech(language).reason(reason), *speech(language).remedies(reason)]
    for text in texts:
        assert text.endswith((".", "?"))
        assert "None" not in text

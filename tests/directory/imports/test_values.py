"""D9: what HR systems and spreadsheets write, and what it says."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.imports.rules import days, faults, headings, report, values
from services.directory.imports.rules.unreadable import Unreadable
from shared.formats.plain_text import one_line

NOV_23 = date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "20261123",
        "2026/11/23",
        "2026.11.23",
        "2026-11-23 00:00:00",
        "2026-11-23T08:15",
        "23/11 2026",
        "23/11/2026",
        "23.11.2026",
        "23-11-2026",
        "23. 11. 2026",
        "23 nov 2026",
        "23 november 2026",
        "den 23 november 2026",
        "23-nov-2026",
        "23 Nov. 2026",
        "46349",
        "46349,0",
        "46349.00",
    ],
)
def test_a_day_is_read_as_people_and_systems_write_it(text: str) -> None:
    assert days.day(text) == NOV_23


@pytest.mark.parametrize("text", ["2026-02-30", "11/23/2026", "23/11", "i våras", "0", "2026", "31.6.2026"])
def test_what_is_no_day_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Unreadable, match="not_a_day"):
        days.day(text)


@given(st.dates(date(1940, 1, 1), date(2060, 1, 1)))
def test_every_day_in_every_way_of_writing_is_that_day(day: date) -> None:
    month = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")[
        day.month - 1
    ]
    for text in (
        day.isoformat(),
        f"{day.day}/{day.month} {day.year}",
        f"{day:%d.%m.%Y}",
        f"{day:%Y%m%d}",
        f"{day.day} {month} {day.year}",
        str((day - date(1899, 12, 30)).days) if day > date(1927, 5, 18) else day.isoformat(),
    ):
        assert days.day(text) == day, text
    assert days.day((day + timedelta(days=1)).isoformat()) != day


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  Åsa\N{NO-BREAK SPACE}Öberg ", "Åsa Öberg"),
        ('="0701234567"', "0701234567"),
        ("'0701234567", "0701234567"),
        ("'+46 70 123", "+46 70 123"),
        ("O'Hara", "O'Hara"),
        ("NULL", ""),
        ("-", ""),
        ("saknas", ""),
        ("rad\nett", "rad ett"),
    ],
)
def test_what_spreadsheets_put_around_a_value_is_taken_off(text: str, said: str) -> None:
    assert values.meant(values.clean(text), "title") == said


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (values.number, "4711,00", "4711"),
        (values.number, "4711.0", "4711"),
        (values.number, "0042", "0042"),
        (values.number, "47.11", "47.11"),
        (values.status, "Aktiv", "active"),
        (values.status, "Ja", "active"),
        (values.status, "AVSLUTAD", "left"),
        (values.protected, "x", True),
        (values.protected, "Nej", False),
        (values.language, "Engelska", "en"),
        (values.several, "upphandlare; jurist|upphandlare", ("upphandlare", "jurist")),
        (values.name, "Öberg, Åsa", ("Åsa", "Öberg")),
        (values.name, "Åsa Maria Öberg", ("Åsa Maria", "Öberg")),
        (values.address, "mailto:asa@csn.se", "asa@csn.se"),
    ],
)
def test_words_are_read_for_what_they_mean(read: Callable[[str], Any], text: str, said: Any) -> None:
    assert read(text) == said


@pytest.mark.parametrize(
    ("read", "text", "code"),
    [
        (values.status, "kanske", "not_a_status"),
        (values.protected, "vet ej", "not_yes_or_no"),
        (values.language, "norska", "not_a_language"),
    ],
)
def test_a_word_that_means_nothing_is_a_fault_and_no_guess(
    read: Callable[[str], Any], text: str, code: str
) -> None:
    with pytest.raises(Unreadable, match=code):
        read(text)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (
            [
                "Anst.nr",
                "FÖRNAMN",
                "Efternamn",
                "E-post",
                "Telefon (arbete)",
                "Befattning",
                "Anställd fr.o.m.",
            ],
            ["employee_id", "given_name", "family_name", "email", None, "title", "employed_from"],
        ),
        (
            ["last_name", "First Name", "Employee ID", "Job title", "Department", "City", "Manager"],
            ["family_name", "given_name", "employee_id", "title", "unit", "location", "manager_employee_id"],
        ),
        (["Användarnamn", "Namn", "Anställningsnummer"], [None, "name", "employee_id"]),
        (["Personnummer", "Namn", "Signatur"], [None, "name", "employee_id"]),
    ],
)
def test_headings_are_known_by_many_names_in_any_order(line: list[str], fields: list[str | None]) -> None:
    columns, wrong = headings.read(line, {})
    assert [columns.get(place) for place in range(len(line))] == fields
    assert not wrong


def test_an_agencys_own_mapping_goes_before_what_we_know() -> None:
    told = {headings.fold("Kod"): "employee_id", headings.fold("Befattning"): None}
    columns, wrong = headings.read(["Kod", "Namn", "Befattning"], told)
    assert (columns, wrong) == ({0: "employee_id", 1: "name"}, [])


def test_a_file_without_ids_or_names_is_told_what_it_lacks() -> None:
    _, wrong = headings.read(["Förnamn", "Telefon"], {})
    assert [fault.column for fault in wrong] == ["employee_id", "family_name"]


@pytest.mark.parametrize("cell", ["=1+1", "+46", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_a_report_is_a_formula(cell: str) -> None:
    written = report.line(3, cell, faults.Fault("missing", cell), "sv").decode()
    assert f"'{one_line(cell)}" in written.replace('"', "")
    assert not any(part.startswith(("=", "+", "-", "@", "\t", "\r")) for part in written.split(";"))


def test_every_fault_has_a_text_in_both_languages() -> None:
    for code in faults.TEXTS:
        fault = faults.Fault(code, "Kolumn", 3)
        assert fault.text("sv") != fault.text("en")
        assert "{" not in fault.text("sv") + fault.text("en")

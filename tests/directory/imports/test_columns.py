"""What HR systems and spreadsheets make of days, nothing, statuses and letters: rules in tables."""

from datetime import date
from pathlib import Path

import pytest

from services.directory.imports.exports import Export, Unusable
from services.directory.imports.rules import days, values
from services.directory.imports.rules.plausible import is_garbled
from services.directory.imports.rules.rows import Row
from services.directory.imports.rules.unreadable import Unreadable

HEADS = "Employee id;First name;Last name;Email;Phone;Title;Protected;Employed from;Employed to;Status\n"


def read(folder: Path, data: bytes) -> list[Row]:
    path = folder / "export.csv"
    path.write_bytes(data)
    return Export(path, {}, 7).portion(1_000)


def test_an_export_as_hr_systems_write_it_is_read_or_named(tmp_path: Path) -> None:
    text = HEADS + (
        "r1;Jenny;Null;a@spv.se;;;No;;;\n"
        "r2;Bo;Tomdatum;b@spv.se;;;No;2020-01-01;0000-00-00;\n"
        "r3;Bo;Sapnoll;c@spv.se;;;No;2020-01-01;00000000;\n"
        "r4;Bo;Usdatum;d@spv.se;;;No;03/04/2026;;\n"
        "r5;Bo;Usdatumtva;e@spv.se;;;No;12/31/2025;9999-12-31;\n"
        "r6;Bo;Tjanstledig;f@spv.se;;NULL;No;;;Tjänstledig\n"
        "r7;Bo;Onleave;g@spv.se;;-;No;;;On Leave\n"
        "r8;Bo;Dolttecken;h@spv.se;\u202a060-10 00 01\u202c;;No;;;\n"
        "r9;Bo;Felcell;i@spv.se;#SAKNAS!;;No;;;\n"
        "1,98001E+11;Bo;Avrundad;j@spv.se;;;No;;;\n"
        "r11;Suharto;;k@spv.se;;;No;;;\n"
        "r12;Bo;Soft\u00adly;l@spv.se;;👩\u200d💻;No;;;\n"
    )
    rows = read(tmp_path, text.encode())
    wrong = {row.number: [(fault.column, fault.code) for fault in row.faults] for row in rows if row.faults}
    assert wrong == {10: [("Phone", "failed_cell")], 11: [("Employee id", "rounded")]}
    known = {row.employee_id: row.record for row in rows if row.record}
    assert known["r1"].family_name == "Null"
    assert known["r2"].employed_to is known["r3"].employed_to is known["r5"].employed_to is None
    assert (known["r4"].employed_from, known["r5"].employed_from) == (date(2026, 3, 4), date(2025, 12, 31))
    assert (known["r6"].status, known["r7"].status, known["r6"].title, known["r7"].title) == (
        "active", "active", "", "",
    )  # fmt: skip
    assert known["r8"].phone == "060-10 00 01"
    assert known["r12"].family_name == "Softly"


@pytest.mark.parametrize(
    ("column", "read_as"),
    [
        (["03/04/2026", "31/12/2025"], [date(2026, 4, 3), date(2025, 12, 31)]),
        (["03/04/2026", "12/31/2025"], [date(2026, 3, 4), date(2025, 12, 31)]),
        (["03/04/2026"], [date(2026, 4, 3)]),
        (["03.04.2026", "12/31/2025"], [date(2026, 4, 3), date(2025, 12, 31)]),
        # Both orders in one column: what may be two days is neither.
        (["31/12/2025", "12/31/2025", "03/04/2026"], [date(2025, 12, 31), date(2025, 12, 31), "either_day"]),
    ],
)
def test_a_day_is_read_by_its_whole_column(column: list[str], read_as: list[date | str]) -> None:
    told = {order for value in column if (order := days.order_told_by(value))}
    order = days.orders({0: set(told)})[0]
    found: list[date | str | None] = []
    for value in column:
        try:
            found.append(days.day(value, order))
        except Unreadable as fault:
            found.append(str(fault))
    assert found == read_as


def test_a_column_that_tells_nothing_is_like_the_files_other_one() -> None:
    assert days.orders({7: set(), 8: {"month"}}) == {7: "month", 8: "month"}


@pytest.mark.parametrize(
    "nothing",
    [
        "0000-00-00",
        "00000000",
        "9999-12-31",
        "99991231",
        "31/12/9999",
        "1900-01-01",
        "0001-01-01",
        "9999-12-31 00:00:00",
    ],
)
def test_the_ends_of_the_calendar_are_no_day(nothing: str) -> None:
    assert days.day(nothing) is None


@pytest.mark.parametrize(
    "cell", ["#SAKNAS!", "#N/A", "#REF!", "#REFERENS!", "#VÄRDEFEL!", "#DIV/0!", "#####"]
)
def test_a_spreadsheets_error_is_no_value(cell: str) -> None:
    with pytest.raises(Unreadable, match="failed_cell"):
        values.meant(cell, "phone")


@pytest.mark.parametrize(
    "status", ["Tjänstledig", "TJL", "Föräldraledig 50 %", "On Leave", "Leave of absence", "Sjukskriven"]
)
def test_whoever_is_on_leave_works_there(status: str) -> None:
    assert values.status(status) == "active"


SWEDISH = [
    "Björn Sjöström",
    "Märta Lööf",
    "Håkan Åkerlund",
    "Öberg",
    "Ängquist",
    "René",
    "Inköpare",
    "MÄRTA LÖÖF",
]


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850", "utf-8"])
@pytest.mark.parametrize("name", [name for name in SWEDISH if name not in {"René", "Ängquist"}])
def test_swedish_that_was_read_by_another_alphabet_is_noticed(name: str, encoding: str) -> None:
    assert is_garbled(name.encode(encoding).decode("cp1252", errors="replace").replace("\ufffd", "€"))


@pytest.mark.parametrize(
    "text",
    [
        *SWEDISH,
        "Dušan Šarić", "Žarko Mišić", "Nataša Krištof", "Miloš Škoda", "Mikšys", "Łukasz Żak", "Yılmaz", "Œuvre",
        "”Sundsvall”", "Projekt – etapp 1…", "Lön 5 000 €", "Sveriges ”bästa” chef", "Malmö™", "Zoë Ångström",
        "Ringaudas Juškevičius", "Jürgen Weiß", "D’Angelo", "O’Brien",
    ],
)  # fmt: skip
def test_names_and_titles_as_people_write_them_raise_no_false_alarm(text: str) -> None:
    assert not is_garbled(text)


@pytest.mark.parametrize(
    ("data", "code", "row"),
    [
        ("m1;Björn;Sjöström;b@spv.se;;Inköpare;No;;;\n".encode("mac_roman"), "other_alphabet", 2),
        ("m1;Björn;Sjöström;b@spv.se;;Inköpare;No;;;\n".encode("cp850"), "other_alphabet", 2),
        (
            "m1;Björn;Ek;;;;No;;;\nm2;Åsa;Öberg;;;;No;;;\n".encode()
            + "m3;Märta;Lööf;;;;No;;;\n".encode("cp1252"),
            "two_alphabets",
            4,
        ),
    ],
)
def test_other_alphabets_are_refused_by_the_row(tmp_path: Path, data: bytes, code: str, row: int) -> None:
    with pytest.raises(Unusable) as refused:
        read(tmp_path, HEADS.encode() + data)
    assert ([fault.code for fault in refused.value.faults], refused.value.row) == ([code], row)


def test_one_odd_name_is_its_own_rows_affair(tmp_path: Path) -> None:
    rows = "".join(f"m{n};Björn;Sjöström;;;;No;;;\n" for n in range(9)) + "m9;Bjšrn;Ek;;;;No;;;\n"
    read_rows = read(tmp_path, (HEADS + rows).encode("cp1252"))
    assert [len(row.faults) for row in read_rows] == [0] * 9 + [1]
    assert read_rows[-1].faults[0].code == "garbled"

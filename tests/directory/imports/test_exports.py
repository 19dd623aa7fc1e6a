"""D9: files as HR systems write them."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as within
from hypothesis import strategies as st

from services.directory.imports.exports import Export, Unusable
from services.directory.imports.rules.rows import Row
from shared.contracts.staff import StaffRecord

TEXT = "Anstnr;Förnamn;Efternamn;Ort;Anställd fr.o.m.\r\n4711;Åsa;Öberg;Östersund;23/11 2026\r\n"


def read(path: Path, data: bytes, told: dict[str, str | None] | None = None) -> list[Row]:
    file = path / "export.csv"
    file.write_bytes(data)
    export = Export(file, told or {}, 7)
    rows: list[Row] = []
    while portion := export.portion(3):
        rows.extend(portion)
    return rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_the_encoding_and_the_separator_are_found_out(tmp_path: Path, encoding: str, sign: str) -> None:
    [row] = read(tmp_path, TEXT.replace(";", sign).encode(encoding))
    assert row.record
    assert (row.record.given_name, row.record.location) == ("Åsa", "Östersund")
    assert row.record.employed_from == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Personallista 2026;;\n\nAnstnr;Namn;Ort\n1;Å Ö;X\n\n;;\n2;B C;Y\n", [4, 7]),
        ("sep=;\nAnstnr;Namn;Ort\n1;Å Ö;X\n", [3]),
        ('Anstnr;Namn;Ort\n1;"Öberg, Åsa";"Sunds\nvall"\n2;"B ""Bo"" C";Y\n', [2, 3]),
        ('Anstnr,Namn,Lön\n1,Å Ö,"31 250,50"\n', [2]),
        ("Anstnr;Namn;Ort\n1;Å Ö\n", [2]),
        ('Anstnr;Namn;Ort\n1;Å "Bo" Ö;X\n2;"Bo" Ek;Y\n3;C D;Z\n', [2, 3, 4]),
        ("Anstnr;Namn;Ort;\n1;Å Ö;X;\n", [2]),
        ("Anstnr;Namn\r1;Å Ö\r2;B C\r", [2, 3]),
        ("Anstnr;Namn\n1,0;Å Ö\n1,0;Å Ö\n", [2, 3]),
    ],
)
def test_titles_empty_lines_quotes_and_line_ends_are_no_matter(
    tmp_path: Path, text: str, numbers: list[int]
) -> None:
    rows = read(tmp_path, text.encode("cp1252"))
    assert [row.number for row in rows] == numbers
    assert not [row for row in rows if row.faults]


def test_the_good_rows_are_read_whatever_is_wrong_with_others(tmp_path: Path) -> None:
    text = (
        "Anstnr;Namn;E-post;Anställd fr.o.m.;Skyddad\n"
        "1;Åsa Öberg;asa@csn.se;2026-11-23;nej\n"
        "2;Bo;b;i våras;kanske\n"
        ";Cia Ek;;;\n"
        "4;Dan Ek;;;;spill\n"
        "1;Åsa Åström;;;\n"
        "6;Eva\ufffd Ek;;;\n"
        "7;Fia Ek;;;\n"
    )
    rows = read(tmp_path, text.encode())
    wrong = {row.number: [(fault.column, fault.code) for fault in row.faults] for row in rows if row.faults}
    assert wrong == {
        3: [
            ("E-post", "bad_address"),
            ("Anställd fr.o.m.", "not_a_day"),
            ("Skyddad", "not_yes_or_no"),
        ],
        4: [("Anstnr", "missing")],
        5: [("", "too_many_cells")],
        6: [("", "repeated")],
        7: [("Namn", "bad_characters")],
    }
    assert [row.employee_id for row in rows if row.record] == ["1", "7"]


@pytest.mark.parametrize("after", ["", "9;Slut Ek\n" * 3, "x" * 200_000 + "\n", "9;Slut Ek\n" * 20_000])
def test_a_quotation_mark_that_is_never_closed_loses_no_other_row(tmp_path: Path, after: str) -> None:
    text = f'Anstnr;Namn\n1;Åsa Öberg\n2;"Bo Ek\n3;Cia Ek\n4;"Dan\nEk"\n{after}'
    rows = read(tmp_path, text.encode())
    assert [row.employee_id for row in rows if row.record][:3] == ["1", "3", "4"]
    assert [fault.code for fault in rows[1].faults] == ["not_csv"]
    assert [row.number for row in rows[:4]] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"", ["no_rows"]),
        (b"\n\n;;\n", ["no_rows"]),
        (b"PK\x03\x04\x00\x00", ["not_text"]),
        (b"Anstnr;Namn\n1;\x81\n", ["not_text"]),
        ("Förnamn;Efternamn\nÅsa;Öberg\n".encode(), ["no_heading"]),
        (b"Anstnr;Namn" + b";" * 199 + b"\n1;A B\n", ["too_many_columns"]),
        (b"Anstnr;Namn;" + b"x" * 201 + b"\n1;A B\n", ["heading_too_long"]),
    ],
)
def test_a_file_that_is_of_no_use_says_why(tmp_path: Path, data: bytes, codes: list[str]) -> None:
    with pytest.raises(Unusable) as unusable:
        read(tmp_path, data)
    assert [fault.code for fault in unusable.value.faults] == codes


WORD = st.text(st.sampled_from("abcÅÄÖåäöé xyz,;|\t\"'-0123"), min_size=1, max_size=12)
CELL = WORD.filter(lambda text: text == " ".join(text.split()) and text[0] not in "'-=" and text != "-")
STAFF = st.lists(
    st.fixed_dictionaries(
        {
            "employee_id": st.integers(1, 99_999).map(str),
            "given_name": CELL,
            "family_name": CELL,
            "title": CELL,
            "location": CELL,
            "employed_from": st.dates(date(1960, 1, 1), date(2040, 1, 1)),
            "protected": st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each["employee_id"],
)
SWEDISH = {
    "employee_id": "Anställningsnummer",
    "given_name": "Tilltalsnamn",
    "family_name": "Efternamn",
    "title": "Befattning",
    "location": "Stationeringsort",
    "employed_from": "Anställningsdatum",
    "protected": "Sekretess",
}


@given(
    STAFF,
    st.permutations(list(SWEDISH)),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    st.booleans(),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%d/%m %Y"]),
)
@within(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_what_is_read(
    tmp_path: Path,
    staff: list[dict[str, Any]],
    order: list[str],
    sign: str,
    encoding: str,
    swedish: bool,
    days: str,
) -> None:
    text = StringIO()
    writer = csv.writer(text, delimiter=sign)
    writer.writerow([SWEDISH[name] if swedish else name for name in order])
    for each in staff:
        said = {
            **each,
            "employed_from": each["employed_from"].strftime(days),
            "protected": ("ja" if swedish else "yes") if each["protected"] else ("nej" if swedish else "no"),
        }
        writer.writerow([said[name] for name in order])
    rows = read(tmp_path, text.getvalue().encode(encoding))
    assert [row.faults for row in rows] == [()] * len(staff)
    assert [row.record for row in rows] == [StaffRecord(version=7, status="active", **each) for each in staff]

"""vCards and phone lists (D25): by the standards, and only what the reader may see."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.directory.people.rules.vcard import card, group
from shared.contracts.staff import StaffRole
from shared.formats.plain_text import one_line
from tests.directory.network import Network, staff
from tests.harness import eventually, signed_in
from tests.typed import HOSTILE

PERSON = {
    "id": "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
    "given_name": "Åsa",
    "family_name": "Öberg",
    "display_name": "Åsa Öberg",
    "email": "asa@bv.example",
    "phone": "060-18 40 00",
    "title": "Inköpare",
    "unit": "Ekonomi",
    "place": "Sundsvall",
    "specialties": ["ramavtal", "LOU"],
    "language": "sv",
}


def read(text: str) -> list[dict[str, list[str]]]:
    """As a reader of RFC 6350 does: unfolded, parameters dropped, values still escaped."""
    assert text.endswith("\r\n")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    cards: list[dict[str, list[str]]] = []
    for line in text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VCARD":
            cards.append({})
        cards[-1].setdefault(name.split(";")[0], []).append(value)
    return cards


def plain(value: str) -> str:
    """RFC 6350 3.4, undone."""
    out, escaped = "", False
    for character in value:
        if escaped:
            out += "\n" if character in "nN" else character
        elif character != "\\":
            out += character
        escaped = character == "\\" and not escaped
    return out


def test_a_person_is_a_vcard_4_0() -> None:
    [one] = read(card(PERSON, "Bolagsverket", ["Upphandlare"]))
    assert (one["VERSION"], one["BEGIN"], one["END"]) == (["4.0"], ["VCARD"], ["VCARD"])
    assert one["UID"] == [f"urn:uuid:{PERSON['id']}"]
    assert (one["FN"], one["N"]) == (["Åsa Öberg"], ["Öberg;Åsa;;;"])
    assert (one["ORG"], one["ROLE"]) == (["Bolagsverket;Ekonomi"], ["Upphandlare"])
    assert (one["TEL"], one["EMAIL"]) == (["+4660184000"], ["asa@bv.example"])
    assert one["CATEGORIES"] == ["ramavtal,LOU"]
    bare = {**PERSON, "email": None, "phone": "", "title": "", "unit": "", "place": "", "specialties": []}
    [one] = read(card(bare, "Bolagsverket", []))
    assert not {"TEL", "EMAIL", "TITLE", "ROLE", "ADR", "CATEGORIES"} & set(one)


TEXT = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), HOSTILE)
_TYPED = ("display_name", "family_name", "given_name", "unit", "title", "email", "place")


@given(TEXT, TEXT)
def test_no_text_becomes_syntax_of_a_card_nor_is_a_character_cut_in_two(text: str, other: str) -> None:
    said = {**PERSON, **dict.fromkeys(_TYPED, text), "specialties": [other, text], "phone": other}
    written = card(said, other, [text, other])
    assert written.split("\r\n") == [*written.splitlines(), ""]
    [one] = read(written)
    assert set(one) <= {
        *("BEGIN", "VERSION", "UID", "KIND", "FN", "N", "ORG", "TITLE", "ROLE", "EMAIL", "TEL", "ADR"),
        *("CATEGORIES", "LANG", "END"),
    }
    assert all(len(values) == 1 for name, values in one.items() if name != "TEL")
    assert plain(one["FN"][0]) == one_line(text)
    [shown] = read(group("5d0c3b80-3333-4333-8333-000000000001", text, [PERSON["id"]]))
    assert plain(shown["FN"][0]) == one_line(text)
    assert (shown["KIND"], shown["MEMBER"]) == (["group"], [f"urn:uuid:{PERSON['id']}"])


async def cards(network: Network, path: str, caller: dict[str, str], **params: Any) -> list[dict[str, Any]]:
    headers = {**caller, "Accept": "text/vcard"}
    answer = await network.http.get(f"/directory/v1{path}", headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/vcard; charset=utf-8"
    return read(answer.text)


async def test_a_person_a_search_and_a_group_come_as_vcards(network: Network) -> None:
    [me] = await network.hire("csn", staff("me", roles=("jurist",), family_name="Ett"))
    [other] = await network.hire("spv", staff("other", roles=("jurist",), family_name="Två"))
    await network.http.patch(
        f"/directory/v1/people/{other}",
        json={"visibility": {"phone": "nobody"}},
        headers=signed_in(other, "spv"),
    )
    mine = signed_in(me, "csn")
    made = await network.http.post("/directory/v1/groups", json={"name": "Kör; bas"}, headers=mine)
    id_ = made.json()["id"]
    await network.http.put(f"/directory/v1/groups/{id_}/members/{other}", headers=signed_in(other, "spv"))
    [one] = await cards(network, f"/people/{other}", mine)
    assert (one["FN"], one["ROLE"], "TEL" in one) == (["Åsa Två"], ["Jurist"], False), "a hidden number (D16)"
    await eventually(lambda: network.names(mine, role="jurist"), until=lambda names: len(names) == 2)
    assert {c["FN"][0] for c in await cards(network, "/people", mine, role="jurist")} == {
        "Åsa Ett",
        "Åsa Två",
    }
    *members, shown = await cards(network, f"/groups/{id_}", mine)
    assert (plain(shown["FN"][0]), shown["KIND"]) == ("Kör; bas", ["group"])
    assert sorted(shown["MEMBER"]) == sorted(f"urn:uuid:{member}" for member in (me, other))
    assert {member["FN"][0] for member in members} == {"Åsa Ett", "Åsa Två"}
    assert (await network.get(f"/people/{me}", mine)).headers["content-type"] == "application/json"


async def test_a_role_is_on_cards_and_lists_while_it_is_in_force(network: Network) -> None:
    day = date.today()
    roles = (
        StaffRole(name="jurist", until=day - timedelta(days=2)),
        StaffRole(name="upphandlare", since=day + timedelta(days=2)),
        StaffRole(name="ekonom", since=day - timedelta(days=2), until=day + timedelta(days=2)),
    )
    [me] = await network.hire("csn", staff("me", title="", roles=roles))
    [one] = await cards(network, f"/people/{me}", network.tokens["csn"])
    assert one["ROLE"] == ["Ekonom"]
    await eventually(lambda: network.names(role="ekonom"), until=lambda names: names == ["Öberg"])
    for role in ("jurist", "upphandlare"):
        assert await network.names(role=role) == []
        assert (await network.get("/phone-list", role=role)).json()["items"] == []


async def test_a_phone_list_by_role_is_for_the_reader_alone_and_no_cell_is_a_formula(
    network: Network,
) -> None:
    await network.hire("csn", staff("a", roles=("jurist",), family_name="B", title="=cmd()"))
    [shy] = await network.hire("csn", staff("b", roles=("jurist",), family_name="A", phone="060-9"))
    await network.hire("spv", staff("c", roles=("jurist",), family_name="C"), staff("d", roles=("ekonom",)))
    await network.hire("spv", staff("e", roles=("jurist",), family_name="Skyddad", protected=True))
    await network.http.patch(
        f"/directory/v1/people/{shy}",
        json={"visibility": {"phone": "own_agency"}},
        headers=signed_in(shy, "csn"),
    )
    mailboxes = {"role_mailboxes": {"jurist": "jurister@spv.example"}}
    changed = await network.http.patch(
        "/directory/v1/agencies/spv", json=mailboxes, headers=network.tokens["spv"]
    )
    assert changed.status_code == 200, changed.text
    answer = (await network.get("/phone-list", network.tokens["spv"], role="jurist")).json()
    assert [each["display_name"] for each in answer["items"]] == ["Åsa A", "Åsa B", "Åsa C"]
    assert [each["phone"] for each in answer["items"]] == ["", "060-18 40 00", "060-18 40 00"]
    assert answer["mailboxes"] == [{"agency": "Spv", "email": "jurister@spv.example"}], "D20"
    assert (answer["role"], answer["complete"]) == ("Jurist", True)
    headers = {**network.tokens["csn"], "Accept": "text/csv", "Accept-Language": "en"}
    sheet = await network.http.get(
        "/directory/v1/phone-list", params={"role": "jurist", "agency": "csn"}, headers=headers
    )
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Name", "Title", "Agency", "Unit", "Place", "Phone", "E-mail"]
    assert [row[1] for row in rows[1:]] == ["", "'=cmd()"]
    assert rows[1][5] == "060-9", "colleagues see it"
    assert (await network.get("/phone-list", role="trollkarl")).status_code == 422

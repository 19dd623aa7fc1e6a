"""D22, the practice library: found, compared, adopted, changed under others' eyes, reviewed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.directory.search.engine.texts import beginnings, terms
from services.directory.topics import topic_key, topic_of
from shared.settings import ServiceSettings
from tests.directory.asking import Clock, mails
from tests.directory.network import SLUGS, Network, staff
from tests.harness import eventually, signed_in

NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
PRACTICES = "/directory/v1/practices"
WELLNESS = {
    "title": "Friskvårdsbidrag mot kvitto",
    "topic": "friskvård",
    "text": "5 000 kr om året.\n\nAlla får.",
}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("friskvård", True),
        ("friskvard", True),
        ("FRISKVÅRDSBIDRAGET", True),
        ("hur gör ni med kvitton", True),
        ("förmåner", False),
        ("frisk kvitto", True),
        ("fråskvård", False),
        ("kr 5000", False),
        ("året", True),
        ("aret", True),
        ("äret", False),
    ],
)
def test_texts_are_found_by_swedish_stems_with_and_without_diacritics(asked: str, found: bool) -> None:
    """D22"""
    have = terms(f"{WELLNESS['title']} {WELLNESS['text']}")
    assert all(any(term.startswith(word) for term in have) for word in beginnings(asked)) is found


def test_a_topic_has_one_name_whatever_it_is_called() -> None:
    assert topic_of("Riskanalys") == topic_of("risk and impact assessment") == "risk- och konsekvensanalys"
    assert topic_of("Fika  på fredagar") == "Fika på fredagar"
    assert topic_key("WELLNESS") == topic_key("friskvard")


async def write(network: Network, owner: str, agency: str, **fields: Any) -> dict[str, Any]:
    answer = await network.http.post(PRACTICES, json={**WELLNESS, **fields}, headers=signed_in(owner, agency))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def adopt(network: Network, practice: str, owner: str, agency: str) -> Any:
    return await network.http.post(
        f"{PRACTICES}/{practice}/adoptions", json={}, headers=signed_in(owner, agency)
    )


async def three(network: Network) -> list[str]:
    return [(await network.hire(agency, staff("e1", given_name=agency)))[0] for agency in SLUGS]


async def test_an_accepted_answer_becomes_practice_with_the_answer_filled_in(network: Network) -> None:
    """D22, D21"""
    Clock(network, NOON)
    [asker] = await network.hire("csn", staff("asker"))
    [helper] = await network.hire("spv", staff("helper", roles=("hr-specialist",), given_name="Göran"))
    body = {"title": "Hur gör ni med friskvård?", "text": "?!x", "roles": ["hr-specialist"]}
    question = await network.http.post("/directory/v1/questions", json=body, headers=signed_in(asker, "csn"))
    path = f"/directory/v1/questions/{question.json()['id']}/answers"
    given = await network.http.post(path, json={"text": "Mot kvitto."}, headers=signed_in(helper, "spv"))
    take = {"from_answer_id": given.json()["id"], "topic": "wellness"}
    caller = signed_in(asker, "csn")
    assert (await network.http.post(PRACTICES, json=take, headers=caller)).status_code == 409
    await network.http.post(f"/directory/v1/answers/{given.json()['id']}/accept", headers=caller)
    incomplete = {"from_answer_id": given.json()["id"]}
    missing = await network.http.post(PRACTICES, json=incomplete, headers=caller)
    assert [each["field"] for each in missing.json()["errors"]] == ["topic"]
    made = (await network.http.post(PRACTICES, json=take, headers=caller)).json()
    assert (made["title"], made["text"], made["topic"]) == (body["title"], "Mot kvitto.", "friskvård")
    assert (made["credited"]["name"], made["owner"]["id"], made["agency"]) == ("Göran Öberg", asker, "csn")
    assert made["from_question_id"] == question.json()["id"]


async def test_practices_are_found_by_words_topic_and_agency(network: Network) -> None:
    """D22"""
    [one, two, _] = await three(network)
    first = await write(network, one, SLUGS[0])
    second = await write(network, two, SLUGS[1], title="Hälsa", topic="fika", text="Vi ger friskvårdsbidrag")

    async def ids(**asked: str) -> list[str]:
        return [each["id"] for each in (await network.get("/practices", **asked)).json()["items"]]

    assert await ids(q="friskvard") == [first["id"], second["id"]]
    assert await ids(q="friskvård", topic="Fika") == [second["id"]]
    assert await ids(topic="wellness") == [first["id"]]
    assert await ids(agency=SLUGS[1]) == [second["id"]]
    assert await ids() == [second["id"], first["id"]]
    assert await ids(q="simning") == []


async def test_agencies_stand_side_by_side_on_a_topic(network: Network) -> None:
    """D22: those that have nothing are seen as well."""
    [one, two, _] = await three(network)
    await write(network, one, SLUGS[0])
    await write(network, two, SLUGS[1], text="En timme i veckan.")
    compared = (await network.get("/practices/compare", topic="wellness")).json()
    assert compared["topic"] == "friskvård"
    assert [each["agency"] for each in compared["agencies"]] == list(SLUGS)
    texts = [[practice["text"] for practice in each["practices"]] for each in compared["agencies"]]
    assert texts == [["5 000 kr om året.\n\nAlla får."], ["En timme i veckan."], []]


async def test_adoptions_make_a_chain_and_adopters_hear_when_the_original_changes(
    network: Network, settings: ServiceSettings
) -> None:
    """D22"""
    Clock(network, NOON)
    [one, two, three_] = await three(network)
    first = await write(network, one, SLUGS[0])
    assert (await adopt(network, first["id"], one, SLUGS[0])).status_code == 409
    second = (await adopt(network, first["id"], two, SLUGS[1])).json()
    assert (await adopt(network, first["id"], two, SLUGS[1])).status_code == 409
    third = (await adopt(network, second["id"], three_, SLUGS[2])).json()
    assert [each["agency"] for each in third["chain"]] == list(SLUGS[:2])
    told = await mails(settings, "directory.practice_adopted", at_least=2)
    assert {(each.person_id, each.data["agency"]) for each in told} == {(one, SLUGS[1]), (two, SLUGS[2])}
    path = f"{PRACTICES}/{first['id']}"
    stranger = await network.http.patch(path, json={"text": "Ny"}, headers=signed_in(two, SLUGS[1]))
    assert stranger.status_code == 403
    stale = {**signed_in(one, SLUGS[0]), "If-Match": '"7"'}
    assert (await network.http.patch(path, json={"text": "Ny"}, headers=stale)).status_code == 412
    fresh = {**signed_in(one, SLUGS[0]), "If-Match": '"1"'}
    changed = await network.http.patch(path, json={"text": "7 000 kr."}, headers=fresh)
    assert changed.status_code == 200, changed.text
    assert [each["agency"] for each in changed.json()["adopted_by"]] == [SLUGS[1]]
    [notice] = await mails(settings, "directory.practice_changed")
    assert (notice.person_id, notice.data["changed"]) == (two, ["text"])
    mine = f"/practices/{second['id']}"
    assert (await network.get(mine)).json()["behind"]
    await network.http.patch(
        f"/directory/v1{mine}", json={"caught_up": True}, headers=signed_in(two, SLUGS[1])
    )
    assert not (await network.get(mine)).json()["behind"]
    await network.http.patch(path, json={"review_on": "2028-01-01"}, headers=signed_in(one, SLUGS[0]))
    assert len(await mails(settings, "directory.practice_changed")) == 1


async def test_whoever_is_handed_a_practice_is_told_unless_they_took_it(
    network: Network, settings: ServiceSettings
) -> None:
    """D22"""
    [one, two, boss] = await network.hire("csn", staff("e1"), staff("e2"), staff("boss"))
    await network.coordinate("csn", boss)
    practice = await write(network, one, "csn")
    path = f"{PRACTICES}/{practice['id']}"
    for by, to in (one, two), (two, one), (boss, boss):
        answer = await network.http.patch(path, json={"owner_id": to}, headers=signed_in(by, "csn"))
        assert answer.json()["owner"]["id"] == to, answer.text
    told = await mails(settings, "directory.practice_owner", at_least=2)
    assert [(mail.person_id, mail.data["title"]) for mail in told] == [
        (two, WELLNESS["title"]),
        (one, WELLNESS["title"]),
    ]


async def test_a_practice_is_reviewed_in_time_and_its_keeper_reminded_three_times_at_most(
    network: Network, settings: ServiceSettings
) -> None:
    """D22: when the owner has left, the agency's coordinators are told."""
    clock = Clock(network, NOON)
    [one, boss] = await network.hire("csn", staff("e1"), staff("boss"))
    await network.coordinate("csn", boss)
    practice = await write(network, one, "csn", review_on="2026-12-01")
    clock.pass_(days=7)
    [first] = await mails(settings, "directory.practice_review")
    assert (first.person_id, first.data["review_on"]) == (one, "2026-12-01")
    await network.hire("csn", staff("e1", status="left"))
    assert (await network.get(f"/practices/{practice['id']}")).json()["owner"]["left"]
    for n in (2, 3):
        clock.pass_(days=31)
        assert (await mails(settings, "directory.practice_review", at_least=n))[-1].person_id == boss
    kept = await network.db.practices.find_one({"_id": practice["id"]})
    assert "due_at" not in kept
    again = await network.http.patch(
        f"{PRACTICES}/{practice['id']}",
        json={"review_on": "2027-12-01", "owner_id": boss},
        headers=signed_in(boss, "csn"),
    )
    assert again.json()["owner"]["id"] == boss
    assert "due_at" in (await network.db.practices.find_one({"_id": practice["id"]}))


async def test_who_is_protected_later_is_no_longer_named_as_owner(network: Network) -> None:
    """D22, D20"""
    await network.join("tionde-verket", "carried")
    [one] = await network.hire("tionde-verket", staff("e1", protected=False))
    practice = await write(network, one, "tionde-verket")
    assert practice["owner"]["id"] == one
    await network.hire("tionde-verket", staff("e1", protected=True))
    shown = await eventually(lambda: network.get(f"/practices/{practice['id']}"))
    assert shown.json()["owner"] is None
    assert one not in shown.text

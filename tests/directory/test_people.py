"""People over HTTP: found, read, and what they say of themselves."""

from time import monotonic
from typing import Any

import pytest

from services.directory.app import SPEC
from shared.contracts.topics import DIRECTORY_PEOPLE, staff_topic
from shared.settings import ServiceSettings
from tests.directory.network import Network, heard, staff
from tests.harness import Running, eventually, publish, running, signed_in


def found(*names: str) -> Any:
    return lambda answer: answer == list(names)


async def test_a_record_on_kafka_is_found_within_a_second(
    network: Network, settings: ServiceSettings
) -> None:
    await publish(settings, staff_topic("csn"), staff("warm", family_name="Varm"))
    await eventually(lambda: network.names(q="varm"), until=found("Varm"))
    began = monotonic()
    await publish(settings, staff_topic("csn"), staff("e1", family_name="Östhammar", roles=("inköpare",)))
    await eventually(lambda: network.names(q="osthammar"), until=found("Östhammar"))
    assert monotonic() - began < 3, "a second on a quiet machine, and room for a busy one"


async def test_a_hit_says_where_the_words_were_found(network: Network) -> None:
    await network.hire("csn", staff("e1", roles=("upphandlare",), location="Härnösand"))
    await eventually(lambda: network.names(q="upphandlare"), until=found("Öberg"))
    answer = (await network.get("/people", q="inköpare härnösand")).json()
    assert answer["items"][0]["matched"] == ["role", "place"]
    assert answer["items"][0]["display_name"] == "Åsa Öberg"
    assert answer["next"] is None


async def test_filters_narrow_and_pages_follow_each_other(network: Network) -> None:
    await network.hire(
        "csn",
        staff("a", family_name="A", roles=("jurist",), specialties=("dataskydd",)),
        staff("b", family_name="B", roles=("jurist",), location="Malmö"),
        staff("c", family_name="C", roles=("ekonom",)),
    )
    [other] = await network.hire("spv", staff("d", family_name="D", roles=("jurist",)))
    group = await network.http.post(
        "/directory/v1/groups", json={"name": "Kör"}, headers=signed_in(other, "spv")
    )
    await eventually(network.names, until=lambda names: len(names) == 4)
    assert await network.names(role="jurist") == ["A", "B", "D"]
    assert await network.names(role="jurist", agency="csn") == ["A", "B"]
    assert await network.names(place="malmö") == ["B"]
    assert await network.names(specialty="dataskydd") == ["A"]
    await eventually(lambda: network.names(group=group.json()["id"]), until=found("D"))
    first = (await network.get("/people", limit=3)).json()
    rest = (await network.http.get(first["next"], headers=network.tokens["csn"])).json()
    names = [person["family_name"] for person in [*first["items"], *rest["items"]]]
    assert (names, rest["next"]) == (["A", "B", "C", "D"], None)


async def test_among_equals_the_readers_own_place_comes_first(network: Network) -> None:
    [me, _] = await network.hire(
        "csn",
        staff("me", family_name="Jag", location="Malmö"),
        staff("a", family_name="A", roles=("jurist",), location="Sundsvall"),
    )
    await network.hire("spv", staff("b", family_name="B", roles=("jurist",), location="Malmö"))
    await eventually(lambda: network.names(q="jurist"), until=lambda names: len(names) == 2)
    assert await network.names(signed_in(me, "csn"), q="jurist") == ["B", "A"]


@pytest.mark.parametrize("change", [{"status": "left"}, {"protected": True}])
async def test_who_has_left_or_is_protected_is_not_found_but_known_to_their_agency(
    network: Network, change: dict[str, Any]
) -> None:
    [id_] = await network.hire("csn", staff("e1"))
    await eventually(network.names, until=found("Öberg"))
    await network.hire("csn", staff("e1", **change))
    path = f"/people/{id_}"
    assert (await network.get(path, network.tokens["spv"])).status_code == 404
    assert (await network.get(path, network.tokens["csn"])).status_code == 200
    assert (await network.get(path, signed_in("colleague", "csn"))).status_code == 404
    # Somebody who has left is let in no more; somebody protected sees their own.
    own = 401 if "status" in change else 200
    assert (await network.get(path, signed_in(id_, "csn"))).status_code == own
    await eventually(network.names, until=found())


async def test_what_only_the_own_agency_sees_is_not_shown_to_others(network: Network) -> None:
    [id_] = await network.hire("csn", staff("e1", roles=("Trollkarl",)))
    own = (await network.get(f"/people/{id_}")).json()
    others = (await network.get(f"/people/{id_}", network.tokens["spv"])).json()
    assert (own["unmapped"], others["unmapped"]) == (["Trollkarl"], None)
    assert "employee_id" not in own


async def test_the_person_overwrites_the_feed_until_they_give_the_field_back(
    network: Network, settings: ServiceSettings
) -> None:
    [id_] = await network.hire("csn", staff("e1", phone="060-1"))
    me, path = signed_in(id_, "csn"), f"/directory/v1/people/{id_}"
    changed = await network.http.patch(
        path,
        json={
            "phone": "070-174 06 05",
            "ask_me_about": ["e-faktura"],
            "absence": {"since": "2026-12-21", "until": "2027-01-06"},
        },
        headers=me,
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["own"]["phone"] == "070-174 06 05"
    await network.hire("csn", staff("e1", phone="060-2"))
    await eventually(lambda: network.names(q="0701740605"), until=found("Öberg"))
    await eventually(lambda: network.names(q="e-faktura"), until=found("Öberg"))
    back = await network.http.patch(path, json={"phone": None, "absence": None}, headers=me)
    assert (back.json()["phone"], back.json()["absence"]) == ("060-2", None)
    assert back.json()["ask_me_about"] == ["e-faktura"]
    announced = await heard(settings, DIRECTORY_PEOPLE, id_, back.json()["version"])
    assert (announced.phone, announced.ask_me_about) == ("060-2", ("e-faktura",))


async def test_only_the_person_and_their_coordinator_write_the_persons_fields(network: Network) -> None:
    [id_, boss, colleague] = await network.hire("csn", staff("e1"), staff("boss"), staff("colleague"))
    [stranger] = await network.hire("spv", staff("e1"))
    coordinator = await network.coordinate("csn", boss)
    answers = [
        (
            await network.http.patch(f"/directory/v1/people/{id_}", json={"phone": "1"}, headers=headers)
        ).status_code
        for headers in (
            network.tokens["csn"],
            network.tokens["spv"],
            signed_in(colleague, "csn"),
            signed_in(stranger, "spv"),
            coordinator,
            signed_in(id_, "csn"),
        )
    ]
    assert answers == [403, 403, 403, 403, 200, 200]


async def test_a_change_from_an_old_version_is_refused(network: Network) -> None:
    [id_] = await network.hire("csn", staff("e1"))
    etag = (await network.get(f"/people/{id_}")).headers["etag"]
    headers = {**signed_in(id_, "csn"), "If-Match": etag}
    path = f"/directory/v1/people/{id_}"
    first = await network.http.patch(path, json={"phone": "1"}, headers=headers)
    second = await network.http.patch(path, json={"phone": "2"}, headers=headers)
    assert (first.status_code, second.status_code) == (200, 412)


async def test_wrong_fields_are_named_all_at_once(network: Network) -> None:
    [id_] = await network.hire("csn", staff("e1"))
    path, me = f"/directory/v1/people/{id_}", signed_in(id_, "csn")
    answer = await network.http.patch(
        path,
        json={
            "phone": "ring mig",
            "family_name": "Annan",
            "absence": {"since": "2026-12-02", "until": "2026-12-01"},
        },
        headers=me,
    )
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"phone", "family_name", "absence"}
    covered = await network.http.patch(
        path,
        json={"absence": {"since": "2026-12-01", "until": "2026-12-02", "covered_by": id_}},
        headers=me,
    )
    assert covered.json()["errors"][0]["field"] == "absence.covered_by"


async def test_nobody_without_a_token_sees_anybody(network: Network) -> None:
    [id_] = await network.hire("csn", staff("e1"))
    for path in ("/people", f"/people/{id_}", f"/people/{id_}/peers", "/lone-specialists", "/groups"):
        assert (await network.http.get(f"/directory/v1{path}")).status_code == 401


# --- the index follows --------------------------------------------------------------------------------


async def ask(service: Running, headers: dict[str, str], **params: str) -> list[str]:
    answer = await service.http.get("/directory/v1/people", headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    return [person["family_name"] for person in answer.json()["items"]]


async def test_every_process_finds_what_any_of_them_took_in(
    network: Network, settings: ServiceSettings
) -> None:
    await network.hire("csn", staff("e1", family_name="Tidig"))
    async with running(SPEC, settings) as second:
        assert await ask(second, network.tokens["csn"]) == ["Tidig"], "loaded before it is ready"
        await network.hire("csn", staff("e2", family_name="Sen"))
        await network.hire("csn", staff("e1", family_name="Ändrad"))
        for service in (network.running, second):
            await eventually(
                lambda service=service: ask(service, network.tokens["csn"]), until=found("Sen", "Ändrad")
            )


async def test_a_renamed_agency_is_found_by_its_new_name(network: Network) -> None:
    await network.hire("csn", staff("e1"))
    await eventually(network.names, until=found("Öberg"))
    await network.http.patch(
        "/directory/v1/agencies/csn", json={"name": "Studiestödsverket"}, headers=network.tokens["csn"]
    )
    await eventually(lambda: network.names(q="studiestödsverket"), until=found("Öberg"))


async def test_the_follower_is_seen_in_health(network: Network) -> None:
    parts = network.running.service.health.parts
    assert {"search index", "search follower", "lone specialists", "agency work"} <= set(parts)

"""Agencies join, say how they protect, and hand out tokens."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.directory.agencies.handlers import agencies
from services.directory.agencies.refusals import AgencyExists
from services.directory.agencies.rules import beyond, with_token
from shared.auth import Door, Unknown
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE, staff_topic
from shared.contracts.types import Gone
from shared.kafka import clients as kafka
from shared.settings import ServiceSettings
from tests.directory.network import Network, fields, heard, staff
from tests.harness import eventually, latest, publish, signed_in, system

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def a_token(id_: str, name: str, day: int, expires: int = 30) -> dict[str, Any]:
    return {
        "id": id_,
        "name": name,
        "created_at": datetime(2026, 11, day, tzinfo=UTC),
        "expires_at": datetime(2026, 11, expires, tzinfo=UTC),
    }


def test_the_third_token_of_a_name_retires_the_oldest_of_that_name() -> None:
    tokens = [a_token("b", "hr", 2), a_token("a", "hr", 1), a_token("x", "other", 1)]
    kept = with_token(tokens, a_token("c", "hr", 3), NOW)
    assert [token["id"] for token in kept] == ["b", "x", "c"]


def test_an_expired_token_counts_for_nothing_and_is_dropped() -> None:
    tokens = [a_token("old", "hr", 1, expires=20), a_token("a", "hr", 2)]
    assert [token["id"] for token in with_token(tokens, a_token("b", "hr", 3), NOW)] == ["a", "b"]


@pytest.mark.parametrize(
    ("asked", "held", "coordinator", "refused"),
    [
        (["staff:write"], {"staff:write", "directory:write"}, False, []),
        (["events:write"], {"staff:write"}, False, ["events:write"]),
        (["events:write", "network:admin"], set(), True, ["network:admin"]),
        (["events:write", "network:admin"], {"network:admin"}, False, []),
        (["network:admin"], {"directory:write"}, False, ["network:admin"]),
    ],
)
def test_who_may_pass_on_which_scopes(
    asked: list[str], held: set[str], coordinator: bool, refused: list[str]
) -> None:
    assert beyond(asked, frozenset(held), coordinator=coordinator) == refused


async def test_an_agency_that_joins_is_announced_and_its_feed_is_open(
    network: Network, settings: ServiceSettings
) -> None:
    body = {"slug": "tionde-verket", **fields("tionde-verket", "undeclared")}
    answer = await network.http.post("/directory/v1/agencies", json=body, headers=network.admin)
    assert answer.status_code == 201, answer.text
    assert answer.json()["feed_topic"] == "staff.tionde-verket"
    heard = await eventually(
        lambda: latest(settings, DIRECTORY_AGENCIES), until=lambda found: "tionde-verket" in found
    )
    assert heard["tionde-verket"].name == "Tionde-Verket"

    await eventually(
        lambda: network.db.due.find_one({"_id": "declare_topic/tionde-verket"}),
        until=lambda found: found is None,
    )
    assert await kafka.create_topics(settings, [staff_topic("tionde-verket")]) == []
    again = await network.http.post("/directory/v1/agencies", json=body, headers=network.admin)
    assert again.status_code == 409


async def test_only_the_networks_administrator_lets_agencies_join(network: Network) -> None:
    body = {"slug": "nytt-verk", **fields("nytt-verk")}
    for headers in (network.tokens["csn"], signed_in("somebody", "csn")):
        answer = await network.http.post("/directory/v1/agencies", json=body, headers=headers)
        assert answer.status_code == 403


async def test_tokens_are_never_shown_again_and_only_their_digest_is_kept(network: Network) -> None:
    made = await network.http.post(
        "/directory/v1/agencies/csn/tokens",
        json={"name": "hr", "scopes": ["staff:write"]},
        headers=network.tokens["csn"],
    )
    assert made.status_code == 201, made.text
    token = made.json()["token"]
    assert made.headers["cache-control"] == "no-store"
    listed = await network.get("/agencies/csn/tokens")
    assert token not in listed.text
    assert "sha256" not in listed.text
    assert token not in str(await network.db.agencies.find_one({"_id": "csn"}))
    shown = await network.get("/agencies")
    assert "tokens" not in shown.text
    assert {agency["slug"] for agency in shown.json()["items"]} == {"bolagsverket", "csn", "spv"}


async def test_a_system_passes_on_only_what_it_has_and_only_for_its_agency(network: Network) -> None:
    async def ask(slug: str, *scopes: str) -> int:
        body = {"name": "ny", "scopes": scopes}
        answer = await network.http.post(
            f"/directory/v1/agencies/{slug}/tokens", json=body, headers=network.tokens["csn"]
        )
        return answer.status_code

    assert await ask("csn", "staff:write") == 201
    assert await ask("csn", "network:admin") == 403
    assert await ask("spv", "staff:write") == 403
    assert await ask("finns-inte", "staff:write") == 404
    assert await ask("csn", "everything") == 422


async def test_the_third_token_of_a_name_ends_the_first_and_a_revoked_one_ends_at_once(
    network: Network,
) -> None:
    made = []
    for _ in range(3):
        answer = await network.http.post(
            "/directory/v1/agencies/csn/tokens",
            json={"name": "rotation", "scopes": ["directory:read", "directory:write"]},
            headers=network.tokens["csn"],
        )
        made.append(answer.json())
    alive = [(await network.get("/roles", system(each["token"]))).status_code for each in made]
    assert alive == [401, 200, 200]
    path = f"/directory/v1/agencies/csn/tokens/{made[2]['id']}"
    revoked = await network.http.delete(path, headers=network.tokens["csn"])
    assert revoked.status_code == 204
    assert (await network.http.delete(path, headers=network.tokens["csn"])).status_code == 404
    listed = (await network.get("/agencies/csn/tokens")).json()["items"]
    assert made[2]["id"] not in {token["id"] for token in listed}
    await eventually(
        lambda: network.get("/roles", system(made[2]["token"])),
        until=lambda answer: answer.status_code == 401,
        within=10,
    )


async def test_two_who_change_an_agency_from_the_same_version_do_not_overwrite_each_other(
    network: Network,
) -> None:
    read = await network.get("/agencies/csn")
    headers = {**network.tokens["csn"], "If-Match": read.headers["etag"]}
    first = await network.http.patch("/directory/v1/agencies/csn", json={"kind": "verk"}, headers=headers)
    second = await network.http.patch("/directory/v1/agencies/csn", json={"kind": "bolag"}, headers=headers)
    assert (first.status_code, second.status_code) == (200, 412)
    assert (await network.get("/agencies/csn")).json()["kind"] == "verk"


async def test_a_change_that_changes_nothing_is_not_announced(network: Network) -> None:
    before = (await network.get("/agencies/csn")).json()
    answer = await network.http.patch(
        "/directory/v1/agencies/csn", json={"kind": before["kind"]}, headers=network.tokens["csn"]
    )
    assert answer.json()["version"] == before["version"]


async def test_every_wrong_field_is_named(network: Network) -> None:
    answer = await network.http.patch(
        "/directory/v1/agencies/csn",
        json={"mail_domain": "inte en domän", "places": "Sundsvall", "colour": "blue"},
        headers=network.tokens["csn"],
    )
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"mail_domain", "places", "colour"}
    unknown = await network.http.patch(
        "/directory/v1/agencies/csn",
        json={"role_mailboxes": {"trollkarl": "a@csn.example"}},
        headers=network.tokens["csn"],
    )
    assert unknown.json()["errors"][0]["field"] == "role_mailboxes"


async def test_all_at_an_agency_are_protected_until_it_has_declared(
    network: Network, settings: ServiceSettings
) -> None:
    await network.join("tyst-verk", "undeclared")
    [id_] = await network.hire("tyst-verk", staff("e1", roles=("jurist",)))
    assert (await network.get(f"/people/{id_}")).status_code == 404
    answer = await network.http.patch(
        "/directory/v1/agencies/tyst-verk",
        json={"protection": "left_out"},
        headers=network.tokens["tyst-verk"],
    )
    assert answer.status_code == 200
    await eventually(lambda: network.get(f"/people/{id_}"), until=lambda found: found.status_code == 200)
    await eventually(lambda: latest(settings, DIRECTORY_PEOPLE), until=lambda heard: id_ in heard)


async def test_a_feed_that_begins_to_carry_the_flag_protects_who_has_none(
    network: Network, settings: ServiceSettings
) -> None:
    [id_] = await network.hire("csn", staff("e1", roles=("jurist",)))
    await eventually(lambda: network.names(q="Öberg"), until=lambda found: found == ["Öberg"])
    await network.http.patch(
        "/directory/v1/agencies/csn", json={"protection": "carried"}, headers=network.tokens["csn"]
    )
    await eventually(
        lambda: network.get(f"/people/{id_}", network.tokens["spv"]),
        until=lambda found: found.status_code == 404,
        within=10,
    )
    await eventually(
        lambda: latest(settings, DIRECTORY_PEOPLE), until=lambda heard: isinstance(heard.get(id_), Gone)
    )
    await eventually(lambda: network.names(q="Öberg"), until=lambda found: found == [])
    work = await network.db.due.find_one({"_id": "remerge-once-more/csn"})
    assert work, "a batch under way may have read the old declaration: it is done once more"


async def test_what_is_declared_is_not_undeclared(network: Network) -> None:
    answer = await network.http.patch(
        "/directory/v1/agencies/csn", json={"protection": "undeclared"}, headers=network.tokens["csn"]
    )
    assert answer.status_code == 409


async def test_an_agencys_own_word_is_mapped_backwards_and_forwards(network: Network) -> None:
    [id_] = await network.hire("csn", staff("e1", title="Anskaffningsstrateg"))
    assert (await network.person(id_))["roles"] == []
    answer = await network.http.put(
        "/directory/v1/role-mappings/csn/anskaffningsstrateg",
        json={"code": "upphandlare"},
        headers=network.tokens["csn"],
    )
    assert answer.status_code == 200, answer.text
    await eventually(lambda: network.person(id_), until=lambda found: bool(found["roles"]))
    [other] = await network.hire("csn", staff("e2", title="ANSKAFFNINGSSTRATEG"))
    assert [held["code"] for held in (await network.person(other))["roles"]] == ["upphandlare"]
    listed = (await network.get("/role-mappings")).json()["items"]
    assert listed == [{"agency": "csn", "word": "anskaffningsstrateg", "code": "upphandlare"}]
    assert (await network.get("/role-mappings", agency="spv")).status_code == 403
    gone = await network.http.delete(
        "/directory/v1/role-mappings/csn/Anskaffningsstrateg", headers=network.tokens["csn"]
    )
    assert gone.status_code == 204
    await eventually(lambda: network.person(id_), until=lambda found: not found["roles"])


async def test_a_coordinator_is_an_active_employee_who_loses_it_by_leaving(network: Network) -> None:
    [id_, stranger] = [
        (await network.hire("csn", staff("e1")))[0],
        (await network.hire("spv", staff("e1")))[0],
    ]
    refused = await network.http.patch(
        "/directory/v1/agencies/csn", json={"coordinators": [stranger]}, headers=network.admin
    )
    assert refused.json()["errors"][0]["field"] == "coordinators"
    headers = await network.coordinate("csn", id_)
    may = await network.http.patch("/directory/v1/agencies/csn", json={"kind": "verk"}, headers=headers)
    assert may.status_code == 200
    await network.hire("csn", staff("e1", status="left"))
    found = await network.db.agencies.find_one({"_id": "csn"})
    assert found["coordinators"] == []


async def test_the_network_says_who_steers_and_every_service_hears_it(
    network: Network, settings: ServiceSettings
) -> None:
    [id_] = await network.hire("csn", staff("e1"))
    [stranger] = await network.hire("spv", staff("e1"))

    async def seat(person: str, caller: dict[str, str]) -> Any:
        return await network.http.patch(
            "/directory/v1/agencies/csn", json={"steering": [person]}, headers=caller
        )

    assert (await seat(id_, network.tokens["csn"])).status_code == 403
    assert (await seat(stranger, network.admin)).json()["errors"][0]["field"] == "steering"
    seated = await seat(id_, network.admin)
    assert seated.json()["steering"] == [id_]
    assert (await heard(settings, DIRECTORY_AGENCIES, "csn", seated.json()["version"])).steering == (id_,)
    door = Door(network.db, settings.jwks)
    caller = await door.caller(signed_in(id_, "csn")["Authorization"].removeprefix("Bearer "))
    assert (caller.steering, caller.coordinator) == (True, False)
    await network.hire("csn", staff("e1", status="left"))
    door = Door(network.db, settings.jwks)
    with pytest.raises(Unknown):
        await door.caller(signed_in(id_, "csn")["Authorization"].removeprefix("Bearer "))


async def test_roles_are_listed_in_both_languages(network: Network) -> None:
    roles = (await network.get("/roles", limit=100)).json()["items"]
    assert {"code": "jurist", "sv": "Jurist", "en": "Legal counsel"}.items() <= next(
        role for role in roles if role["code"] == "jurist"
    ).items()
    assert (await network.http.get("/directory/v1/roles")).status_code == 401


async def test_the_operators_commands_find_what_they_need(network: Network) -> None:
    with pytest.raises(AgencyExists):
        await network.running.mongo.transact(lambda tx: agencies.add_agency(tx, "csn", fields("csn"), NOW))


async def test_a_record_on_a_new_agencys_topic_becomes_a_person(
    network: Network, settings: ServiceSettings
) -> None:
    body = {"slug": "tionde-verket", **fields("tionde-verket")}
    await network.http.post("/directory/v1/agencies", json=body, headers=network.admin)
    await eventually(
        lambda: network.db.due.find_one({"_id": "declare_topic/tionde-verket"}),
        until=lambda found: found is None,
    )
    await publish(settings, staff_topic("tionde-verket"), staff("e1", family_name="Tiondesson"))
    await eventually(lambda: network.names(q="Tiondesson"), until=lambda found: found == ["Tiondesson"])

"""D24: an agency leaves with all its data, and then nothing of it is left; the tenth joins under load."""

import asyncio
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

from services.directory.agencies.handlers import agencies
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE, staff_topic
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.directory.network import Network, fields, heard, staff
from tests.everybody import the_others
from tests.harness import eventually, publish, signed_in, system

V1 = "/directory/v1"


async def leave(network: Network, slug: str, caller: dict[str, str]) -> dict[str, Any]:
    """The departure with its archive ready."""
    begun = await network.http.post(f"{V1}/agencies/{slug}/departure", headers=caller)
    assert begun.status_code == 202, begun.text

    async def look() -> Any:
        return (await network.http.get(f"{V1}/departures/{begun.json()['id']}", headers=caller)).json()

    return await eventually(look, within=60, until=lambda job: job["state"] == "ready")


async def test_an_agency_leaves_with_its_data_and_nothing_of_it_is_left(
    network: Network, settings: ServiceSettings
) -> None:
    """D24"""
    async with the_others(settings):
        await _leaves_with_its_data(network, settings)


async def _leaves_with_its_data(network: Network, settings: ServiceSettings) -> None:
    [one, boss] = await network.hire("csn", staff("e1", family_name="Zzxqvist"), staff("boss"))
    [other] = await network.hire("spv", staff("e1"))
    mine = signed_in(one, "csn")
    group = (await network.http.post(f"{V1}/groups", json={"name": "Kör"}, headers=mine)).json()
    await network.http.put(f"{V1}/groups/{group['id']}/members/{other}", headers=signed_in(other, "spv"))
    practice = {"title": "A", "topic": "friskvård", "text": "B"}
    made = (await network.http.post(f"{V1}/practices", json=practice, headers=mine)).json()
    adopted = await network.http.post(
        f"{V1}/practices/{made['id']}/adoptions", json={}, headers=signed_in(other, "spv")
    )
    coordinator = await network.coordinate("csn", boss)
    for caller in (mine, network.tokens["csn"]):
        assert (await network.http.post(f"{V1}/agencies/csn/departure", headers=caller)).status_code == 403
    job = await leave(network, "csn", coordinator)
    assert (job["counts"]["people"], job["counts"]["staff_records"]) == (2, 2)
    path = f"{V1}/departures/{job['id']}"
    assert (await network.http.get(path, headers=signed_in(other, "spv"))).status_code == 404
    archive = await network.http.get(f"{path}/archive", headers=coordinator)
    assert len(archive.content) == job["size"]
    files = zipfile.ZipFile(io.BytesIO(archive.content))
    rows = {
        name: [json.loads(line) for line in files.read(name).splitlines()]
        for name in files.namelist()
        if name != "README.txt"
    }
    assert {row["family_name"] for row in rows["staff_records.jsonl"]} == {"Zzxqvist", "Öberg"}
    assert rows["groups.jsonl"][0]["members"] == [one]
    assert rows["practices.jsonl"][0]["title"] == "A"
    readme = files.read("README.txt").decode()
    assert "skyddade" in readme
    explained = {name for name in files.namelist() if readme.count(f"\n{name} ") == 2}
    assert explained == {*files.namelist()} - {"README.txt"}, "each in Swedish and in English"
    assert (await network.get(f"/people/{one}", network.tokens["spv"])).status_code == 200
    wrong = await network.http.post(f"{path}/completion", json={"agency": "spv"}, headers=coordinator)
    assert wrong.status_code == 422
    await another_admin(network)
    done = await network.http.post(f"{path}/completion", json={"agency": "csn"}, headers=coordinator)
    assert done.json()["state"] == "leaving", done.text

    async def state() -> Any:
        return (await network.http.get(path, headers=network.admin)).json()

    await eventually(state, within=60, until=lambda job: job.get("state") == "gone")
    for id_ in (one, boss):
        version = (await network.person(id_))["version"]
        assert isinstance(await heard(settings, DIRECTORY_PEOPLE, id_, version), Gone)
        assert (await network.get(f"/people/{id_}", network.tokens["spv"])).status_code == 404
    gone = await network.db.agencies.find_one({"_id": "csn"})
    assert isinstance(await heard(settings, DIRECTORY_AGENCIES, "csn", gone["version"]), Gone)
    found = await network.get("/people", network.tokens["spv"], q="Zzxqvist")
    assert found.json()["items"] == []
    kept = await network.get(f"/practices/{adopted.json()['id']}", network.tokens["spv"])
    assert (kept.json()["title"], kept.json()["chain"]) == ("A", [])
    again = (await network.http.get(f"{path}/archive", headers=network.admin)).content
    assert again == archive.content
    # The others' feeds are read as before, also after a topic has gone.
    await publish(settings, staff_topic("spv"), staff("e2", family_name="Kvarvarande"))
    await eventually(
        lambda: network.names(network.tokens["spv"], q="Kvarvarande"), within=30, until=lambda found: found
    )
    assert (await network.http.get("/readyz")).status_code == 200


async def another_admin(network: Network) -> None:
    """The network's administration is not of the agency that leaves."""
    scopes = ["network:admin", "directory:read", "directory:write"]
    made = await network.running.mongo.transact(
        lambda tx: agencies.create_token(tx, "bolagsverket", "admin", scopes, datetime.now(UTC))
    )
    network.admin = system(made[0])


async def test_an_agency_that_left_may_come_back(network: Network, settings: ServiceSettings) -> None:
    """D24: and is heard of, although its name was said to be gone."""
    async with the_others(settings):
        await _comes_back(network, settings)


async def _comes_back(network: Network, settings: ServiceSettings) -> None:
    await network.hire("spv", staff("e1"))
    await another_admin(network)
    job = await leave(network, "spv", network.admin)
    path = f"{V1}/departures/{job['id']}"
    await network.http.post(f"{path}/completion", json={"agency": "spv"}, headers=network.admin)
    dead = await eventually(
        lambda: network.get("/people", network.tokens["spv"]), until=lambda found: found.status_code == 401
    )
    assert dead.status_code == 401

    async def state() -> Any:
        return (await network.http.get(path, headers=network.admin)).json()

    await eventually(state, within=60, until=lambda job: job["state"] == "gone")
    body = {"slug": "spv", **fields("spv")}
    back = await network.http.post(f"{V1}/agencies", json=body, headers=network.admin)
    assert back.status_code == 201, back.text
    assert (await heard(settings, DIRECTORY_AGENCIES, "spv", back.json()["version"])).name == "Spv"


async def test_the_tenth_agency_joins_in_one_step_while_the_system_is_under_load(
    network: Network, settings: ServiceSettings
) -> None:
    """D24: topic, coordinator and token; its first record is found while another's 2,000 come in."""
    load = [staff(f"load{n}", family_name=f"Last{n}", roles=("administrator",)) for n in range(2_000)]
    publishing = asyncio.create_task(publish(settings, staff_topic("csn"), *load))
    coordinator = {"employee_id": "1", "given_name": "Tia", "family_name": "Tiondesson", "email": "t@t.se"}
    body = {
        "slug": "tionde-verket",
        **fields("tionde-verket"),
        "coordinator": coordinator,
        "hr_token": True,
    }
    joined = await network.http.post(f"{V1}/agencies", json=body, headers=network.admin)
    assert joined.status_code == 201, joined.text
    assert joined.headers["cache-control"] == "no-store"
    network.tokens["tionde-verket"] = system(joined.json()["token"])
    [boss] = joined.json()["coordinators"]
    await network.hire("tionde-verket", staff("1", family_name="Tiondesson"))
    feed = staff_topic("tionde-verket")
    await eventually(
        lambda: network.db.due.find_one({"_id": "declare_topic/tionde-verket"}),
        within=30,
        until=lambda found: found is None,
    )
    await publish(settings, feed, staff("2", family_name="Zzxqvist"))
    await eventually(lambda: network.names(q="Zzxqvist"), within=60, until=bool)
    mine = signed_in(boss, "tionde-verket")
    made = await network.http.get(f"{V1}/agencies/tionde-verket/tokens", headers=mine)
    assert [token["name"] for token in made.json()["items"]] == ["hr-system"]
    await publishing
    await eventually(lambda: network.names(q="Last1999"), within=90, until=bool)


async def test_a_coordinator_can_be_named_only_once_protection_is_declared(network: Network) -> None:
    """D24, D20"""
    person = {"employee_id": "1", "given_name": "Tia", "family_name": "T", "email": "t@t.se"}
    body = {"slug": "tionde", **fields("tionde", "undeclared"), "coordinator": person}
    refused = await network.http.post(f"{V1}/agencies", json=body, headers=network.admin)
    assert [each["field"] for each in refused.json()["errors"]] == ["protection"], refused.text
    assert await network.db.agencies.find_one({"_id": "tionde"}) is None

"""D10: what Entra ID and Okta send, in their own shapes, becomes people in the directory."""

import time
from typing import Any

import pytest

from services.directory.scim.rules import ENTERPRISE, NETWORK
from tests.directory.network import Network, staff
from tests.directory.scim.idp import IdentityProvider, user


async def test_entras_first_cycle_looks_up_creates_and_reads_back_what_it_gave(
    network: Network, idp: IdentityProvider
) -> None:
    asked = {"filter": 'userName eq "ASA.oberg@csn.example"'}
    assert (await idp.read("/Users", **asked))["totalResults"] == 0
    sent = user()
    made = await idp.create(sent)
    assert {name: made[name] for name in sent if name != "meta"} == {
        name: value for name, value in sent.items() if name != "meta"
    }
    found = await idp.read("/Users", **asked)
    assert [each["id"] for each in found["Resources"]] == [made["id"]]
    assert (await idp.read("/Users", filter='externalId eq "ext-asa.oberg"'))["totalResults"] == 1
    person = await network.person(made["id"])
    assert (person["given_name"], person["family_name"], person["email"], person["phone"]) == (
        "Åsa",
        "Öberg",
        "asa.oberg@csn.example",
        "060-18 40 00",
    )
    assert (person["place"], person["unit"], person["employed_from"], person["protected"]) == (
        "Sundsvall",
        "Inköp",
        "2026-11-01",
        False,
    )
    assert [held["code"] for held in person["roles"]] == ["upphandlare"]
    assert person["specialties"] == ["ramavtal", "direktupphandling"]
    assert person["employee_id"] == "ext-asa.oberg"


async def test_entra_renames_with_a_pathless_patch_of_dotted_keys_and_wrongly_cased_op_names(
    network: Network, idp: IdentityProvider
) -> None:
    path = f"/Users/{(await idp.create(user()))['id']}"
    await idp.patch(
        path,
        {
            "op": "Replace",
            "value": {
                "name.familyName": "Åström",
                "displayName": "Åsa Åström",
                f"{ENTERPRISE}:department": "Juridik",
                f"{ENTERPRISE}:manager": "4711",
            },
        },
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "asa.astrom@csn.example"},
        {"op": "Replace", "path": "userName", "value": "asa.astrom@csn.example"},
    )
    read = await idp.read(path)
    assert (read["name"]["familyName"], read[ENTERPRISE]["department"]) == ("Åström", "Juridik")
    assert read[ENTERPRISE]["manager"] == {"value": "4711"}
    person = await network.person(read["id"])
    assert (person["family_name"], person["email"], person["unit"], person["employee_id"]) == (
        "Åström",
        "asa.astrom@csn.example",
        "Juridik",
        "ext-asa.oberg",
    )


@pytest.mark.parametrize("off", [False, "False"])
async def test_deactivating_is_not_deleting_and_coming_back_restores(
    network: Network, idp: IdentityProvider, off: Any
) -> None:
    made = await idp.create(user())
    path = f"/Users/{made['id']}"
    await idp.patch(path, {"op": "Replace", "path": "active", "value": off})
    assert (await idp.read(path))["active"] is False
    assert (await network.person(made["id"]))["status"] == "left"
    await idp.patch(path, {"op": "Replace", "path": "active", "value": "True"})
    assert (await network.person(made["id"]))["status"] == "active"


async def test_deleted_is_gone_from_scim_and_has_left_the_network(
    network: Network, idp: IdentityProvider
) -> None:
    made = await idp.create(user())
    answer = await idp.send("DELETE", f"/Users/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await idp.send("GET", f"/Users/{made['id']}")).status_code == 404
    assert (await network.person(made["id"]))["status"] == "left"
    assert (await idp.create(user()))["id"] == made["id"], "the same employee is the same person"
    assert (await network.person(made["id"]))["status"] == "active"


async def test_oktas_whole_resource_put_takes_away_what_it_leaves_out(
    network: Network, idp: IdentityProvider
) -> None:
    made = await idp.create(user())
    whole = {**made, "title": "Jurist", "active": True}
    del whole["phoneNumbers"], whole["addresses"]
    answer = await idp.send("PUT", f"/Users/{made['id']}", whole)
    assert answer.status_code == 200, answer.text
    assert "phoneNumbers" not in answer.json()
    assert answer.json()["meta"]["created"] == made["meta"]["created"]
    person = await network.person(made["id"])
    assert (person["title"], person["phone"], person["place"]) == ("Jurist", "", "")


async def test_a_manager_may_be_a_text_an_object_or_another_user(
    network: Network, idp: IdentityProvider
) -> None:
    boss = await idp.create(user("boss"))
    for said in ("ext-boss", {"value": boss["id"]}, {"value": boss["id"], "$ref": f"../Users/{boss['id']}"}):
        path = f"/Users/{(await idp.create(user('asa')))['id']}"
        await idp.patch(path, {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": said})
        read = await idp.read(path)
        assert (await network.person(read["id"]))["manager_id"] == boss["id"]
        await idp.send("DELETE", path)


async def test_a_service_account_without_a_name_is_nobodys_colleague_until_it_has_one(
    network: Network, idp: IdentityProvider
) -> None:
    made = await idp.create({"schemas": [], "userName": "printer-4", "displayName": "Skrivaren"})
    assert not await network.db.people.find_one({"_id": made["id"]})
    await idp.patch(f"/Users/{made['id']}", {"op": "add", "value": {"displayName": "Öberg, Åsa"}})
    person = await network.person(made["id"])
    assert (person["given_name"], person["family_name"]) == ("Åsa", "Öberg")


async def test_protection_fails_closed_where_the_feed_is_to_carry_it(network: Network) -> None:
    """D20: only somebody said not to be protected is not."""
    await network.join("skv", "carried")
    idp = IdentityProvider(network, "skv")
    unsaid = await idp.create(user("a", **{NETWORK: {}}))
    said = await idp.create(user("b", **{NETWORK: {"protected": False}}))
    assert (await network.person(unsaid["id"]))["protected"] is True
    assert (await network.person(said["id"]))["protected"] is False
    await idp.patch(f"/Users/{said['id']}", {"op": "replace", "path": f"{NETWORK}:protected", "value": True})
    assert (await network.person(said["id"]))["protected"] is True


async def test_versions_rise_over_whatever_door_the_employee_came_by(
    network: Network, idp: IdentityProvider
) -> None:
    """A feed that counts in milliseconds of tomorrow does not make SCIM's changes stale."""
    record = staff("ext-asa.oberg", version=int((time.time() + 40_000) * 1000), title="Jurist")
    [person] = await network.hire(idp.agency, record)
    made = await idp.create(user(title="Inköpare"))
    assert made["id"] == person
    assert (await network.person(person))["title"] == "Inköpare"

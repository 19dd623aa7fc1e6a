"""D11: an identity provider's groups are the network's groups, with those of its people who work there."""

import asyncio

from shared.contracts.topics import DIRECTORY_GROUPS
from tests.directory.network import Network, heard, staff
from tests.directory.scim.idp import GROUP, PATCH, IdentityProvider, user
from tests.harness import signed_in


async def test_members_come_and_go_one_at_a_time_as_entra_sends_them(
    network: Network, idp: IdentityProvider
) -> None:
    asa, bo, printer = [
        (await idp.create(body))["id"]
        for body in (user("asa"), user("bo"), {"userName": "printer", "displayName": "Skrivaren"})
    ]
    group = await idp.create({"schemas": [GROUP], "displayName": "Upphandlare", "externalId": "g1"}, "Groups")
    path = f"/Groups/{group['id']}"
    assert (await network.get(f"/groups/{group['id']}")).status_code == 404, "a group has members"
    for id_ in (asa, bo, printer):
        await idp.patch(path, {"op": "Add", "path": "members", "value": [{"value": id_}]})
    kept = (await network.get(f"/groups/{group['id']}")).json()
    assert (kept["name"], kept["owner_id"], kept["members"]) == ("Upphandlare", asa, [asa, bo])
    assert [each["value"] for each in (await idp.read(path))["members"]] == [asa, bo, printer]
    assert "members" not in await idp.read(path, excludedAttributes="members")
    asked = f'id eq "{group["id"]}" and members eq "{bo}"'
    assert (await idp.read("/Groups", filter=asked))["totalResults"] == 1

    await idp.patch(path, {"op": "Remove", "path": "members", "value": [{"value": asa}]})
    kept = (await network.get(f"/groups/{group['id']}")).json()
    assert (kept["owner_id"], kept["members"]) == (bo, [bo]), "somebody always owns it"
    await idp.patch(path, {"op": "Remove", "path": f'members[value eq "{bo}"]'})
    assert (await network.get(f"/groups/{group['id']}")).status_code == 404
    assert (
        await heard(network.running.service.settings, DIRECTORY_GROUPS, group["id"], kept["version"] + 1)
    ).deleted
    assert (await network.person(bo))["groups"] == []


async def test_who_joined_by_themselves_stays_when_the_identity_provider_sends_its_members(
    network: Network, idp: IdentityProvider, other: IdentityProvider
) -> None:
    [guest] = await network.hire(other.agency, staff("guest"))
    asa, bo = [(await idp.create(user(name)))["id"] for name in ("asa", "bo")]
    group = await idp.group("Jurister", asa)
    joined = await network.http.put(
        f"/directory/v1/groups/{group['id']}/members/{guest}", headers=signed_in(guest, other.agency)
    )
    assert joined.status_code == 200, joined.text
    whole = {**group, "displayName": "Juristerna", "members": [{"value": bo}]}
    assert (await idp.send("PUT", f"/Groups/{group['id']}", whole)).status_code == 200
    kept = (await network.get(f"/groups/{group['id']}")).json()
    assert (kept["name"], kept["members"], kept["owner_id"]) == ("Juristerna", [guest, bo], guest)
    assert (await idp.send("DELETE", f"/Groups/{group['id']}")).status_code == 204
    assert (await network.get(f"/groups/{group['id']}")).json()["members"] == [guest]


async def test_who_is_deleted_is_in_no_group_and_who_comes_back_is_in_it_again(
    network: Network, idp: IdentityProvider
) -> None:
    asa, bo = [(await idp.create(user(name)))["id"] for name in ("asa", "bo")]
    group = await idp.group("Jurister", asa, bo)
    await idp.patch(f"/Users/{asa}", {"op": "replace", "path": "active", "value": False})
    assert (await network.get(f"/groups/{group['id']}")).json()["members"] == [bo]
    await idp.patch(f"/Users/{asa}", {"op": "replace", "path": "active", "value": True})
    assert set((await network.get(f"/groups/{group['id']}")).json()["members"]) == {asa, bo}
    await idp.send("DELETE", f"/Users/{asa}")
    assert [each["value"] for each in (await idp.read(f"/Groups/{group['id']}"))["members"]] == [bo]
    assert (await network.get(f"/groups/{group['id']}")).json()["members"] == [bo]


async def test_many_who_are_deleted_at_once_are_each_answered_and_leave_their_groups_together(
    network: Network, idp: IdentityProvider
) -> None:
    """Whoever asks for the same a second time, or for nobody, is told so and stops nobody else."""
    stays, *going = [(await idp.create(user(f"p{n}")))["id"] for n in range(5)]
    group, closed = await idp.group("Alla", stays, *going), await idp.group("Jurister", stays, *going)
    nobody = "00000000-0000-4000-8000-000000000000"
    paths = [f"/Groups/{going[0]}", *(f"/Users/{id_}" for id_ in (*going, going[0], nobody))]
    answers = await asyncio.gather(
        *(idp.send("DELETE", path) for path in (*paths, f"/Groups/{closed['id']}"))
    )
    assert sorted(answer.status_code for answer in answers) == [204] * 5 + [404] * 3
    _, first, *others, again, _, _ = [answer.status_code for answer in answers]
    assert others == [204] * 3
    # Nobody says which of two that come at once is the second.
    assert {first, again} == {204, 404}
    assert [each["value"] for each in (await idp.read(f"/Groups/{group['id']}"))["members"]] == [stays]
    assert (await network.get(f"/groups/{group['id']}")).json()["members"] == [stays]
    assert (await network.get(f"/groups/{closed['id']}")).status_code == 404
    for id_ in (stays, *going):
        person = await network.person(id_)
        assert person["status"] == ("active" if id_ == stays else "left")
        assert person["groups"] == ([group["id"]] if id_ == stays else [])


async def test_two_members_added_at_once_are_both_in(network: Network, idp: IdentityProvider) -> None:
    people = [(await idp.create(user(f"p{n}")))["id"] for n in range(4)]
    group = await idp.group("Alla")
    adding = [
        idp.send(
            "PATCH",
            f"/Groups/{group['id']}",
            {"schemas": [PATCH], "Operations": [{"op": "Add", "path": "members", "value": [{"value": id_}]}]},
        )
        for id_ in people
    ]
    assert {answer.status_code for answer in await asyncio.gather(*adding)} == {204}
    assert {each["value"] for each in (await idp.read(f"/Groups/{group['id']}"))["members"]} == set(people)

"""Groups: who starts, joins and leaves them, and who is shown in them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.groups.rules import groups as rules
from shared.contracts.topics import DIRECTORY_GROUPS, DIRECTORY_PEOPLE
from shared.settings import ServiceSettings
from tests.directory.network import Network, heard, staff
from tests.harness import signed_in

EMPTY: dict[str, Any] = {"_id": "g", "members": [], "withheld": [], "owner_id": "a"}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["in", "out", "show", "hide"]))))
def test_a_member_is_shown_or_hidden_and_never_both(steps: list[tuple[str, str]]) -> None:
    group: Any = EMPTY
    inside: set[str] = set()
    for person, step in steps:
        if step in {"in", "out"}:
            group = rules.join(group, person, visible=True) if step == "in" else rules.leave(group, person)
            inside = inside | {person} if step == "in" else inside - {person}
        else:
            group = rules.follow(group, [rules.VisibilityChanged(person, ["g"], step == "show")])
        shown, hidden = group["members"], group["withheld"]
        assert len(shown) == len(set(shown))
        assert not set(shown) & set(hidden)
        assert set(shown) | set(hidden) == inside


async def start(network: Network, owner: str, agency: str = "csn", name: str = "Löpning") -> dict[str, Any]:
    answer = await network.http.post(
        "/directory/v1/groups", json={"name": name}, headers=signed_in(owner, agency)
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_anyone_starts_a_group_and_is_its_first_member(
    network: Network, settings: ServiceSettings
) -> None:
    [me] = await network.hire("csn", staff("me"))
    group = await start(network, me)
    assert (group["owner_id"], group["members"], group["version"]) == (me, [me], 1)
    assert (await heard(settings, DIRECTORY_GROUPS, group["id"], 1)).members == (me,)
    assert (await heard(settings, DIRECTORY_PEOPLE, me, 2)).groups == (group["id"],)


async def test_the_same_request_twice_starts_one_group(network: Network) -> None:
    [me] = await network.hire("csn", staff("me"))
    headers = {**signed_in(me, "csn"), "Idempotency-Key": "en-gång"}
    headers["Idempotency-Key"] = "once"
    made = [
        (await network.http.post("/directory/v1/groups", json={"name": "Kör"}, headers=headers)).json()
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len((await network.get("/groups")).json()["items"]) == 1


async def test_members_join_and_leave_by_themselves_and_twice_is_once(network: Network) -> None:
    [owner] = await network.hire("csn", staff("owner"))
    [other] = await network.hire("spv", staff("other"))
    group = await start(network, owner)
    path = f"/directory/v1/groups/{group['id']}/members/{other}"
    mine = signed_in(other, "spv")
    joined = [(await network.http.put(path, headers=mine)).json() for _ in range(2)]
    assert joined[0]["members"] == [owner, other]
    assert joined[0]["version"] == joined[1]["version"] == 2
    assert [g["id"] for g in (await network.get("/groups", member=other)).json()["items"]] == [group["id"]]
    left = [(await network.http.delete(path, headers=mine)).status_code for _ in range(2)]
    assert left == [204, 204]
    assert (await network.person(other))["groups"] == []
    assert (await network.get("/groups", member=other)).json()["items"] == []


async def test_others_are_moved_only_by_their_agency_or_the_groups_owner(network: Network) -> None:
    [owner, colleague] = await network.hire("csn", staff("owner"), staff("colleague"))
    [other, boss] = await network.hire("spv", staff("other"), staff("boss"))
    group = await start(network, owner)
    path = f"/directory/v1/groups/{group['id']}/members/{other}"
    coordinator = await network.coordinate("spv", boss)
    answers = [
        (await network.http.put(path, headers=headers)).status_code
        for headers in (
            signed_in(colleague, "csn"),
            network.tokens["csn"],
            signed_in(owner, "csn"),
            network.tokens["spv"],
            coordinator,
        )
    ]
    assert answers == [403, 403, 200, 200, 200]


async def test_the_owner_hands_over_before_leaving(network: Network) -> None:
    [owner] = await network.hire("csn", staff("owner"))
    [heir] = await network.hire("spv", staff("heir"))
    group = await start(network, owner)
    path = f"/directory/v1/groups/{group['id']}"
    mine = signed_in(owner, "csn")
    assert (await network.http.delete(f"{path}/members/{owner}", headers=mine)).status_code == 409
    stranger = await network.http.patch(path, json={"owner_id": heir}, headers=mine)
    assert stranger.json()["errors"][0]["field"] == "owner_id"
    await network.http.put(f"{path}/members/{heir}", headers=signed_in(heir, "spv"))
    handed = await network.http.patch(path, json={"owner_id": heir}, headers=mine)
    assert handed.json()["owner_id"] == heir
    assert (await network.http.delete(f"{path}/members/{owner}", headers=mine)).status_code == 204
    assert (await network.http.patch(path, json={"name": "Annat"}, headers=mine)).status_code == 403


async def test_a_protected_member_is_never_shown_nor_known_of(
    network: Network, settings: ServiceSettings
) -> None:
    [owner] = await network.hire("csn", staff("owner"))
    [hidden] = await network.hire("spv", staff("hidden", protected=True))
    group = await start(network, owner)
    path = f"/directory/v1/groups/{group['id']}/members/{hidden}"
    asked = await network.http.put(path, headers=signed_in(owner, "csn"))
    assert asked.status_code == 404, "the owner must not learn that there is such a person"
    joined = await network.http.put(path, headers=signed_in(hidden, "spv"))
    assert joined.json()["members"] == [owner]
    assert (await network.get("/groups", member=hidden)).json()["items"] == []
    announced = await heard(settings, DIRECTORY_GROUPS, group["id"], 2)
    assert hidden not in announced.model_dump_json()


@pytest.mark.parametrize("change", [{"protected": True}, {"status": "left"}])
async def test_who_may_not_be_seen_vanishes_from_the_group_and_comes_back(
    network: Network, settings: ServiceSettings, change: dict[str, Any]
) -> None:
    [owner] = await network.hire("csn", staff("owner"))
    [other] = await network.hire("spv", staff("other"))
    group = await start(network, other, "spv")
    mine = f"/directory/v1/groups/{group['id']}/members/{owner}"
    await network.http.put(mine, headers=signed_in(owner, "csn"))
    await network.hire("spv", staff("other", **change))
    shown = (await network.get(f"/groups/{group['id']}")).json()
    assert (shown["members"], shown["owner_id"]) == ([owner], None)
    announced = await heard(settings, DIRECTORY_GROUPS, group["id"], 3)
    assert other not in announced.model_dump_json()
    await network.hire("spv", staff("other"))
    shown = (await network.get(f"/groups/{group['id']}")).json()
    assert (set(shown["members"]), shown["owner_id"]) == ({owner, other}, other)


async def test_groups_are_listed_by_name_page_by_page(network: Network) -> None:
    [me] = await network.hire("csn", staff("me"))
    for name in ("b", "C", "a"):
        await start(network, me, name=name)
    first = (await network.get("/groups", limit=2)).json()
    assert [group["name"] for group in first["items"]] == ["a", "b"]
    second = (await network.http.get(first["next"], headers=network.tokens["csn"])).json()
    assert [group["name"] for group in second["items"]] == ["C"]
    assert second["next"] is None


async def test_a_group_that_is_not_there_is_404(network: Network) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    assert (await network.get(f"/groups/{nobody}")).status_code == 404
    answer = await network.http.put(
        f"/directory/v1/groups/{nobody}/members/{nobody}", headers=network.tokens["csn"]
    )
    assert answer.status_code == 404

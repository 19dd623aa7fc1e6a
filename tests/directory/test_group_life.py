"""D17, groups always have an owner; D23, let it bloom: structure when it is earned, a nudge, never an end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.directory.groups.rules import life as rules
from services.directory.groups.rules.life import Activity
from shared.contracts.events import Meeting
from shared.contracts.topics import DIRECTORY_GROUPS, EVENTS_MEETINGS
from shared.settings import ServiceSettings
from tests.directory.asking import Clock, mails
from tests.directory.network import Network, heard, staff
from tests.harness import eventually, publish, signed_in

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
GROUPS = "/directory/v1/groups"


def a_group(**changes: Any) -> dict[str, Any]:
    group = {"_id": "g", "owner_id": "a", "members": ["a", "b"], "withheld": [], "created_at": NOW}
    return {**group, **rules.begun(NOW), **changes}


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "fine"),
        ({"members": ["b"], "withheld": ["a"]}, "ask"),
        ({"members": ["b"], "withheld": ["a"], "owner_wanted_since": ago(days=2)}, "wait"),
        ({"members": ["b"], "withheld": ["a"], "owner_wanted_since": ago(days=8)}, "hand_over"),
        ({"members": ["b"], "withheld": ["a"], "convenor_id": "b"}, "hand_over"),
        ({"members": ["b"], "withheld": ["a"], "convenor_id": "a"}, "ask"),
        ({"members": [], "withheld": ["a"]}, "wait"),
        ({"owner_id": None}, "ask"),
    ],
)
def test_what_is_done_about_an_owner(changes: dict[str, Any], expected: str) -> None:
    """D17"""
    assert rules.ownership(a_group(**changes), NOW) == expected


@pytest.mark.parametrize(
    ("changes", "activity", "expected"),
    [
        ({}, Activity(3, 1, 0, NOW), None),
        ({"created_at": ago(days=366)}, Activity(3, 1, 0, ago(days=10)), "age"),
        ({"created_at": ago(days=366)}, Activity(2, 1, 0, NOW), None),
        ({"created_at": ago(days=900)}, Activity(3, 1, 0, ago(days=200)), None),
        ({}, Activity(10, 3, 0, NOW), "activity"),
        ({}, Activity(10, 2, 5, NOW), None),
        ({}, Activity(2, 2, 6, NOW), "activity"),
        ({"stage": "structured"}, Activity(10, 3, 9, NOW), None),
        ({"proposed_at": ago(days=1)}, Activity(10, 3, 9, NOW), None),
        ({"ask_again_at": NOW + timedelta(days=1)}, Activity(10, 3, 9, NOW), None),
        ({"ask_again_at": ago(days=1)}, Activity(10, 3, 9, NOW), "activity"),
    ],
)
def test_when_a_group_has_earned_structure(
    changes: dict[str, Any], activity: Activity, expected: str | None
) -> None:
    """D23"""
    assert rules.earned(a_group(**changes), activity, NOW) == expected


def test_a_sleeping_group_is_nudged_twice_a_year() -> None:
    """D23"""
    quiet = Activity(2, 1, 0, ago(days=181))
    assert rules.is_asleep(a_group(), quiet, NOW)
    assert not rules.is_asleep(a_group(nudged_at=ago(days=100)), quiet, NOW)
    assert not rules.is_asleep(a_group(), Activity(2, 1, 0, ago(days=100)), NOW)


async def start(network: Network, owner: str, *members: tuple[str, str]) -> str:
    made = await network.http.post(GROUPS, json={"name": "Löpning"}, headers=signed_in(owner, "csn"))
    assert made.status_code == 201, made.text
    for person, agency in members:
        joined = await network.http.put(
            f"{GROUPS}/{made.json()['id']}/members/{person}", headers=signed_in(person, agency)
        )
        assert joined.status_code == 200, joined.text
    return made.json()["id"]


async def read(network: Network, group: str) -> dict[str, Any]:
    return (await network.get(f"/groups/{group}")).json()


async def test_when_the_owner_leaves_members_are_asked_and_then_the_longest_standing_has_it(
    network: Network, settings: ServiceSettings
) -> None:
    """D17"""
    clock = Clock(network, NOW)
    [owner] = await network.hire("csn", staff("owner"))
    [first, second] = await network.hire("spv", staff("first", given_name="Göran"), staff("second"))
    group = await start(network, owner, (first, "spv"), (second, "spv"))
    await network.hire("csn", staff("owner", status="left"))
    asked = await mails(settings, "directory.group_owner", at_least=2)
    assert {each.person_id for each in asked} == {first, second}
    assert not any(each.data["owner_id"] for each in asked)
    assert (await read(network, group))["owner_wanted"]
    clock.pass_(days=9)
    handed = await eventually(lambda: read(network, group), until=lambda found: found["owner_id"] == first)
    assert not handed["owner_wanted"]
    told = (await mails(settings, "directory.group_owner", at_least=4))[2:]
    assert {(each.person_id, each.data["you"]) for each in told} == {(first, True), (second, False)}
    assert told[0].data["owner_id"] == first
    assert (await heard(settings, DIRECTORY_GROUPS, group, handed["version"])).owner_id == first


async def test_any_member_may_take_over_and_nobody_else(network: Network) -> None:
    """D17"""
    [owner, stranger] = await network.hire("csn", staff("owner"), staff("stranger"))
    [member] = await network.hire("spv", staff("member"))
    group = await start(network, owner, (member, "spv"))
    mine = {"json": {"owner_id": member}, "headers": signed_in(member, "spv")}
    assert (await network.http.patch(f"{GROUPS}/{group}", **mine)).status_code == 403
    await network.hire("csn", staff("owner", status="left"))
    other = {"json": {"owner_id": stranger}, "headers": signed_in(stranger, "csn")}
    assert (await network.http.patch(f"{GROUPS}/{group}", **other)).status_code == 403
    taken = await network.http.patch(f"{GROUPS}/{group}", **mine)
    assert taken.json()["owner_id"] == member, taken.text


async def test_the_convenor_takes_over_at_once_and_whoever_comes_first_to_an_empty_group(
    network: Network,
) -> None:
    """D17"""
    Clock(network, NOW)
    [owner, lonely] = await network.hire("csn", staff("owner"), staff("lonely"))
    [first, second] = await network.hire("spv", staff("first"), staff("second"))
    group = await start(network, owner, (first, "spv"), (second, "spv"))
    form = {"stage": "structured", "mandate": "Vi springer.", "convenor_id": second}
    formed = await network.http.patch(f"{GROUPS}/{group}", json=form, headers=signed_in(owner, "csn"))
    assert formed.json()["stage"] == "structured", formed.text
    empty = await start(network, lonely)
    await network.hire("csn", staff("owner", status="left"), staff("lonely", status="left"))
    await eventually(lambda: read(network, group), until=lambda found: found["owner_id"] == second)
    await network.http.put(f"{GROUPS}/{empty}/members/{first}", headers=signed_in(first, "spv"))
    claimed = await network.http.patch(
        f"{GROUPS}/{empty}", json={"owner_id": first}, headers=signed_in(first, "spv")
    )
    assert claimed.json()["owner_id"] == first


async def test_a_group_that_blooms_is_proposed_structure_once_and_may_say_not_yet(
    network: Network, settings: ServiceSettings
) -> None:
    """D23: proposed by its meetings; mandate, convenor and decision log."""
    clock = Clock(network, NOW)
    [owner] = await network.hire("csn", staff("owner"))
    group = await start(network, owner)
    meetings = [
        Meeting(
            id=f"4c9b2a7f-2222-4222-8222-00000000000{n}",
            version=1,
            title="Löprunda",
            kind="network",
            starts_at=ago(days=30 * n, hours=2),
            ends_at=ago(days=30 * n),
            zone="Europe/Stockholm",
            group_id=group,
            convenor_id=owner,
            convenor_agency="csn",
        )
        for n in range(1, 7)
    ]
    await publish(settings, EVENTS_MEETINGS, *meetings)
    found = network.db.meetings.find({"group_id": group})
    await eventually(lambda: found.clone().to_list(None), until=lambda have: len(have) == 6)
    clock.pass_(days=8)
    [proposal] = await mails(settings, "directory.group_proposal")
    assert (proposal.person_id, proposal.data["reason"], proposal.data["meetings"]) == (owner, "activity", 6)
    assert (await read(network, group))["proposed_because"] == "activity"
    mine = signed_in(owner, "csn")
    bare = await network.http.patch(f"{GROUPS}/{group}", json={"stage": "structured"}, headers=mine)
    assert {each["field"] for each in bare.json()["errors"]} == {"mandate", "convenor_id"}
    later = await network.http.patch(f"{GROUPS}/{group}", json={"stage": "informal"}, headers=mine)
    assert later.json()["proposed_because"] is None, later.text
    clock.pass_(days=30)
    kept = await eventually(
        lambda: network.db.groups.find_one({"_id": group}), until=lambda found: found["due_at"] > clock.now
    )
    assert kept["proposed_at"] is None


async def test_a_dormant_group_is_nudged_and_never_deleted(
    network: Network, settings: ServiceSettings
) -> None:
    """D23"""
    clock = Clock(network, NOW)
    [owner] = await network.hire("csn", staff("owner"))
    group = await start(network, owner)
    clock.pass_(days=190)
    [nudge] = await mails(settings, "directory.group_asleep")
    assert (nudge.person_id, nudge.data["group_name"]) == (owner, "Löpning")
    clock.pass_(days=190)
    assert len(await mails(settings, "directory.group_asleep", at_least=2)) == 2
    assert (await read(network, group))["owner_id"] == owner


async def test_decisions_are_noted_by_owner_and_convenor_and_read_by_all(network: Network) -> None:
    """D23"""
    [owner] = await network.hire("csn", staff("owner"))
    [convenor, member] = await network.hire("spv", staff("convenor"), staff("member"))
    group = await start(network, owner, (convenor, "spv"), (member, "spv"))
    form = {"stage": "structured", "mandate": "Mallar.", "convenor_id": convenor}
    await network.http.patch(f"{GROUPS}/{group}", json=form, headers=signed_in(owner, "csn"))
    path, decision = f"{GROUPS}/{group}/decisions", {"text": "Vi turas om.", "decided_on": "2026-11-01"}
    noted = await network.http.post(path, json=decision, headers=signed_in(convenor, "spv"))
    assert noted.status_code == 201, noted.text
    await network.http.post(path, json={"text": "Vi börjar."}, headers=signed_in(owner, "csn"))
    refused = await network.http.post(path, json=decision, headers=signed_in(member, "spv"))
    assert refused.status_code == 403
    listed = (await network.get(f"/groups/{group}/decisions")).json()["items"]
    assert [each["text"] for each in listed] == ["Vi börjar.", "Vi turas om."]
    assert listed[1]["noted_by"]["id"] == convenor

"""D13: very many leaves at once wait for the coordinator, whichever door and however they are spread."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.directory.intake.handlers.staff import take_in
from services.directory.intake.handlers.submissions import Submission
from shared.contracts.envelope import Trace
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS, parked_topic, staff_topic
from shared.mongo import Transaction
from shared.settings import ServiceSettings
from tests.directory.network import Network, a_network, staff
from tests.harness import eventually, messages, publish, signed_in

LEAVES = "/directory/v1/mass-leaves"


@pytest.fixture
async def network(settings: ServiceSettings) -> AsyncIterator[Network]:
    async with a_network(settings) as network:
        yield network


def crowd(count: int) -> list[StaffRecord]:
    return [staff(f"e{n:03}") for n in range(count)]


def left(records: Iterable[StaffRecord], version: int = 1_000_000) -> list[StaffRecord]:
    return [each.model_copy(update={"status": "left", "version": version}) for each in records]


async def send(network: Network, records: Iterable[StaffRecord], agency: str = "csn") -> list[str]:
    bodies = [json.loads(record.model_dump_json(by_alias=True)) for record in records]
    answer = await network.http.post(
        "/directory/v1/staff-records", json={"records": bodies}, headers=network.tokens[agency]
    )
    assert answer.status_code == 200, answer.text
    return [each["result"] for each in answer.json()["results"]]


async def at_work(network: Network, agency: str = "csn") -> int:
    return await network.db.people.count_documents({"agency": agency, "status": "active"})


async def mass_leaves(network: Network, agency: str = "csn") -> list[dict[str, Any]]:
    answer = await network.get("/mass-leaves", network.admin, agency=agency)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def decide(network: Network, id_: str, decision: str, caller: dict[str, str] | None = None) -> Any:
    return await network.http.post(
        f"{LEAVES}/{id_}/decision", json={"decision": decision}, headers=caller or network.admin
    )


async def becomes(network: Network, id_: str, state: str) -> dict[str, Any]:
    async def look() -> Any:
        return (await network.get(f"/mass-leaves/{id_}", network.admin)).json()

    return await eventually(look, until=lambda found: found["state"] == state)


async def test_d13_a_feed_that_says_a_third_have_left_is_held_and_everybody_stays(network: Network) -> None:
    people = crowd(30)
    await network.hire("csn", *people)
    assert await send(network, left(people[:10])) == ["held"] * 10
    assert await at_work(network) == 30
    (held,) = await mass_leaves(network)
    assert (held["state"], held["held"], held["active"], held["left_before"]) == ("open", 10, 30, 0)
    shown = (await network.get(f"/mass-leaves/{held['id']}", network.admin, limit=3)).json()
    assert [one["employee_id"] for one in shown["people"]["items"]] != []
    assert len(shown["people"]["items"]) == 3
    assert shown["people"]["next"]
    # Those that come while it is open belong to it; a repetition is not another leave.
    assert await send(network, left(people[9:12])) == ["held"] * 3
    assert (await mass_leaves(network))[0]["held"] == 12


async def test_d13_five_may_leave_at_any_time_and_one_agency_does_not_hold_another(network: Network) -> None:
    people = crowd(30)
    for agency in ("csn", "spv"):
        await network.hire(agency, *people)
    assert await send(network, left(people[:5])) == ["applied"] * 5
    assert await send(network, left(people[5:7])) == ["held"] * 2
    assert await send(network, left(people[:5]), "spv") == ["applied"] * 5
    (held,) = await mass_leaves(network)
    assert (held["left_before"], held["active"], held["held"]) == (5, 25, 2)
    assert (await at_work(network), await at_work(network, "spv")) == (25, 25)


async def test_d13_in_a_large_agency_one_in_twenty_may_leave_within_an_hour(network: Network) -> None:
    people = crowd(200)
    await network.hire("csn", *people)
    assert await send(network, left(people[:10])) == ["applied"] * 10
    assert await send(network, left(people[10:11])) == ["held"]


async def test_d13_released_all_of_them_leave_and_others_hear_of_it(
    network: Network, settings: ServiceSettings
) -> None:
    people = crowd(450)
    await network.hire("csn", *people)
    assert set(await send(network, left(people[:420]))) == {"held"}
    (held,) = await mass_leaves(network)
    answer = await decide(network, held["id"], "release")
    assert (answer.status_code, answer.json()["state"]) == (200, "releasing")
    await becomes(network, held["id"], "released")
    assert await at_work(network) == 30
    assert await network.db.held_leaves.count_documents({}, hint="_id_") == 0
    assert (await decide(network, held["id"], "release")).status_code == 200
    assert (await decide(network, held["id"], "refuse")).status_code == 409

    async def heard() -> set[str]:
        told = [message.data for message in await messages(settings, DIRECTORY_PEOPLE)]
        return {one.id for one in told if getattr(one, "status", "") == "left"}

    await eventually(heard, until=lambda gone: len(gone) == 420)
    # The next few leave as always.
    assert await send(network, left(people[420:423])) == ["applied"] * 3


async def test_d13_refused_nobody_leaves_and_the_feed_is_told_why(
    network: Network, settings: ServiceSettings
) -> None:
    people = crowd(30)
    await network.hire("csn", *people)
    gone = left(people[:10])
    await publish(settings, staff_topic("csn"), *gone)
    held = (await eventually(lambda: mass_leaves(network), until=lambda all_: all_ and all_[0]["held"] > 1))[
        0
    ]
    await eventually(lambda: mass_leaves(network), until=lambda all_: all_[0]["held"] + 30 - 10 >= 25)
    await decide(network, held["id"], "refuse")
    await becomes(network, held["id"], "refused")
    parked = [one.data for one in await messages(settings, parked_topic("directory"))]
    assert parked
    assert all("coordinator has said" in one.reason for one in parked)
    assert {one.key for one in parked} <= {each.employee_id for each in gone}
    refused = [each for each in gone if each.employee_id in {one.key for one in parked}]
    # The same records again are not a new question, and don't slip through few at a time.
    assert set(await send(network, refused[:2])) == {"refused"}
    # With a higher version it is a new one.
    assert await send(network, left(refused[:1], 2_000_000)) == ["applied"]


async def test_d13_a_newer_record_takes_its_leave_back_and_the_last_one_ends_it(network: Network) -> None:
    people = crowd(30)
    await network.hire("csn", *people)
    await send(network, left(people[:8]))
    (held,) = await mass_leaves(network)
    back = [each.model_copy(update={"version": 1_000_001, "title": "Chef"}) for each in people[:8]]
    assert await send(network, back[:3]) == ["applied"] * 3
    assert (await mass_leaves(network))[0]["held"] == 5
    # Older than the leave: it is true, and changes nothing about it.
    older = people[3].model_copy(update={"version": 999_999, "title": "Ekonom"})
    assert await send(network, [older]) == ["applied"]
    assert (await mass_leaves(network))[0]["held"] == 5
    assert await send(network, back[3:]) == ["applied"] * 5
    assert (await becomes(network, held["id"], "taken_back"))["people"]["items"] == []
    assert await at_work(network) == 30
    assert await send(network, left(people[20:22])) == ["applied"] * 2


async def test_d13_what_was_overtaken_when_it_is_released_is_stale_there(network: Network) -> None:
    """The batch that overtook it did not know yet that leaves were held."""
    people = crowd(30)
    await network.hire("csn", *people)
    await send(network, left(people[:8]))
    await network.db.agencies.update_one({"_id": "csn"}, {"$unset": {"leaves_held": ""}})
    await send(network, [people[0].model_copy(update={"version": 1_000_001})])
    (held,) = await mass_leaves(network)
    await decide(network, held["id"], "release")
    await becomes(network, held["id"], "released")
    assert await at_work(network) == 23


async def test_d13_a_batch_that_has_them_at_work_and_then_gone_keeps_the_first(network: Network) -> None:
    people = crowd(30)
    await network.hire("csn", *people)
    moved = [each.model_copy(update={"version": 999_000, "unit": "Arkiv"}) for each in people[:8]]
    verdicts = await send(network, [*moved, *left(people[:8])])
    assert verdicts == ["applied"] * 8 + ["held"] * 8
    assert await network.db.people.count_documents({"agency": "csn", "unit": "Arkiv"}) == 8
    assert await at_work(network) == 30


async def test_d13_leaves_that_come_one_by_one_and_all_at_once_do_not_slip_through(network: Network) -> None:
    """Forty transactions of one leave each, as from many batches, partitions and replicas: ten of two hundred
    may leave, never one more.
    """
    people = crowd(200)
    await network.hire("csn", *people)
    mongo = network.running.mongo

    async def one(record: StaffRecord) -> str:
        async def work(tx: Transaction) -> str:
            submission = Submission(record, Trace("test"))
            return (await take_in(tx, "csn", [submission], datetime.now(UTC)))[0].outcome

        return await mongo.transact(work)

    outcomes = await asyncio.gather(*(one(each) for each in left(people[:40])))
    assert (outcomes.count("applied"), outcomes.count("held")) == (10, 30)
    assert await at_work(network) == 190
    (held,) = await mass_leaves(network)
    assert held["held"] == 30


async def test_d13_over_kafka_on_two_partitions_no_more_than_may_leave_do(
    network: Network, settings: ServiceSettings
) -> None:
    people = crowd(100)
    await publish(settings, staff_topic("csn"), *people)
    await eventually(lambda: at_work(network), until=lambda count: count == 100)
    await publish(settings, staff_topic("csn"), *left(people[:40]))

    async def settled() -> int:
        found = await mass_leaves(network)
        return (found[0]["held"] if found else 0) + 100 - await at_work(network)

    await eventually(settled, until=lambda count: count == 40)
    assert await at_work(network) >= 95
    assert await messages(settings, parked_topic("directory")) == []


async def test_d13_the_coordinator_is_told_once_sees_it_and_decides(
    network: Network, settings: ServiceSettings
) -> None:
    people = crowd(30)
    hidden = staff("hidden", protected=True, family_name="Hemligsson")
    boss, *_ = await network.hire("csn", *people, hidden)
    other, *_ = await network.hire("spv", *crowd(2))
    coordinator, stranger = await network.coordinate("csn", boss), await network.coordinate("spv", other)
    await send(network, left([*people[5:15], hidden]))
    network.running.service.app.state.clock = lambda: datetime.now(UTC) + timedelta(seconds=30)

    async def told() -> list[Any]:
        found = [message.data for message in await messages(settings, NOTIFY_REQUESTS)]
        return [one for one in found if one.kind == "directory.mass_leave_held"]

    (request,) = await eventually(told)
    assert request.person_id == boss
    assert (request.data["held"], request.data["active"]) == (11, 31)
    (held,) = (await network.get("/mass-leaves", coordinator)).json()["items"]
    shown = await network.get(f"/mass-leaves/{held['id']}", coordinator, limit=100)
    assert "Hemligsson" not in shown.text
    assert {one["employee_id"]: one["display_name"] for one in shown.json()["people"]["items"]}[
        "hidden"
    ] == ""
    # Nobody else may: not another agency, not a colleague, not the system that said it.
    colleague, system = signed_in(person_id("csn", "e020"), "csn"), network.tokens["csn"]
    for caller, status in ((stranger, 404), (colleague, 403), (system, 403)):
        assert (await network.get("/mass-leaves", caller, agency="csn")).status_code == status
        assert (await network.get(f"/mass-leaves/{held['id']}", caller)).status_code == status
        assert (await decide(network, held["id"], "release", caller)).status_code == status
    assert await at_work(network) == 31
    decided = await decide(network, held["id"], "release", coordinator)
    assert decided.json()["decided_by"] == boss
    await becomes(network, held["id"], "released")
    assert await at_work(network) == 20
    assert len(await told()) == 1


async def test_d13_a_decision_that_can_t_be_is_named(network: Network) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert (await decide(network, nobody, "release")).status_code == 404
    assert (await decide(network, nobody, "perhaps")).status_code == 422
    assert (await network.get("/mass-leaves/x", network.admin)).status_code == 422
    assert (await network.get("/mass-leaves", network.admin, agency="Å")).status_code == 422


async def test_d13_the_count_of_those_at_work_is_right_whatever_drifts(network: Network) -> None:
    people = crowd(12)
    await network.hire("csn", *people, staff("gone", status="left"))

    async def counted() -> int:
        rows = await network.db.headcounts.find({"agency": "csn"}).to_list(None)
        return sum(row["active"] for row in rows)

    await eventually(counted, until=lambda count: count == 12)
    await send(network, left(people[:2]))
    assert await counted() == 10
    # The first count of all is not to come in between and to be the one that stays.
    await eventually(lambda: network.db.headcounts.find_one({"_id": "csn/counted"}))
    await network.db.headcounts.update_one(
        {"_id": "csn/lost"}, {"$set": {"agency": "csn", "active": 7}}, upsert=True
    )
    await network.db.headcounts.update_one({"_id": "csn/counted"}, {"$unset": {"counted_at": ""}})
    await eventually(counted, until=lambda count: count == 10)

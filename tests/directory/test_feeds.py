"""How a feed is getting on, and what of it was refused, for the agency's coordinator."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.directory.intake.rules.feeds import state
from services.directory.intake.rules.refusals import in_swedish
from shared.consuming import interruptions, parking
from shared.consuming.cursor import cluster_id
from shared.contracts.topics import NOTIFY_REQUESTS, staff_topic
from shared.settings import ServiceSettings
from tests.directory.network import Network, staff
from tests.everybody import the_others
from tests.faults.bombs import send_bomb
from tests.harness import eventually, messages, produce, signed_in

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
AGO = timedelta(days=1)


@pytest.mark.parametrize(
    ("last", "failed", "expected"),
    [
        (None, 0, "never"),
        (NOW, 0, "flowing"),
        (NOW - 7 * AGO, 0, "flowing"),
        (NOW - 8 * AGO, 0, "quiet"),
        (NOW, 1, "stuck"),
        (None, 1, "stuck"),
    ],
)
def test_a_feed_is_said_in_a_word(last: datetime | None, failed: int, expected: str) -> None:
    assert state(last, failed, NOW) == expected
    assert state(last, failed, NOW, unreadable=True) == "unreadable"


def an_event(key: str, agency: str = "csn", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "1",
        "source": f"/staff/{agency}",
        "type": "staff.record.changed.v1",
        "subject": key,
        "time": "2026-11-23T08:00:00Z",
        "data": {**json.loads(staff(key).model_dump_json(by_alias=True)), **data},
    }


def without(field: str) -> dict[str, Any]:
    event = an_event("e1")
    del event["data"][field]
    return event


@pytest.mark.parametrize(
    ("event", "swedish"),
    [
        (without("employee_id"), "data.employee_id saknas"),
        (an_event("e1", telephone="1"), "data.telephone är inget fält i meddelandet"),
        (an_event("e1", **{"Åsa Ö": 1}), "data.ett fält med udda namn är inget fält i meddelandet"),
        (an_event("e1", email="hej"), "data.email är ingen e-postadress"),
        (
            an_event("e1", employed_from="31/11"),
            "data.employed_from är inget datum: skriv det som 2026-11-23",
        ),
        (an_event("e1", version="1"), "data.version är inget heltal"),
        (an_event("e1", version=-1), "data.version är utanför det som är tillåtet"),
        (an_event("e1", protected="nej"), "data.protected är varken true eller false"),
        (an_event("e1", status="slutat"), "data.status ska vara 'active' eller 'left'"),
        (an_event("e1", employee_id=""), "data.employee_id är tomt"),
        (an_event("e1", title="x" * 201), "data.title är längre än 200 tecken"),
        (an_event("e1", phone=7), "data.phone har fel slags värde"),
        (an_event("e1", roles="chef"), "data.roles har fel slags värde"),
        (an_event("e1", specialties=["a"] * 51), "data.specialties har fler än 50 värden"),
        (
            an_event("e1", phone=7, version="1"),
            "data.version är inget heltal; data.phone har fel slags värde",
        ),
    ],
)
def test_what_the_contract_refuses_is_said_in_swedish(event: dict[str, Any], swedish: str) -> None:
    with pytest.raises(ValidationError) as refused:
        staff_topic("csn").adapter.validate_json(json.dumps(event))
    assert in_swedish(parking.say(parking.problems(refused.value))) == swedish


def test_what_there_are_no_words_for_still_names_its_field() -> None:
    assert in_swedish("data.title was odd in a new way") == "data.title stämmer inte"
    assert in_swedish("version 3 is older than 5, which is known already") == (
        "version 3 är äldre än 5, som redan är känd"
    )


@pytest.mark.timeout(10)
def test_a_long_name_of_a_field_is_read_at_once() -> None:
    """Its sender chooses it, and a pattern that tries every way to cut it up would never be done."""
    field = f"data.{'long_name_' * 6}"
    assert in_swedish(f"{field} is not a field of this message") == f"{field} är inget fält i meddelandet"
    assert in_swedish(f"{field} was odd in a new way") == f"{field} stämmer inte"


async def test_a_coordinator_sees_when_the_feed_spoke_last_and_what_was_refused_page_by_page(
    network: Network, settings: ServiceSettings
) -> None:
    (boss,) = await network.hire("csn", staff("boss"))
    mine = await network.coordinate("csn", boss)
    spoken = (await network.get("/agencies/csn/feed", mine)).json()
    assert (spoken["state"], spoken["last_door"], spoken["refused"]) == ("flowing", "http", 0)
    silent = (await network.get("/agencies/spv/feed", network.tokens["spv"])).json()
    assert (silent["state"], silent["last_at"], silent["week"]) == ("never", None, [])

    bad = [an_event(f"bad{n}", phone=7, family_name="Hemligsson") for n in range(3)]
    events = [*bad, an_event("good")]
    await produce(settings, "staff.csn", [(e["subject"], json.dumps(e).encode()) for e in events])

    async def refused(page: int) -> Any:
        return await network.get("/agencies/csn/refused", mine, limit=2, page=page)

    first = await eventually(lambda: refused(1), until=lambda answer: answer.json()["next"])
    second = await refused(2)
    items = [*first.json()["items"], *second.json()["items"]]
    assert {one["employee_id"] for one in items} == {"bad0", "bad1", "bad2"}
    assert {one["reason_sv"] for one in items} == {"data.phone har fel slags värde"}
    assert {one["kind"] for one in items} == {"refused"}
    assert all(re.fullmatch(r"staff\.csn/\d+/\d+", one["record"]) for one in items)
    assert "Hemligsson" not in first.text + second.text, "why, and never what was in it"

    feed = await eventually(
        lambda: network.get("/agencies/csn/feed", mine),
        until=lambda answer: answer.json()["last_door"] == "kafka",
    )
    assert feed.json()["refused"] == 3
    assert {each["door"]: each["records"] for each in feed.json()["week"]} == {"http": 1, "kafka": 1}


async def test_what_waits_to_be_taken_in_is_told_with_how_long_it_has_waited(
    network: Network, settings: ServiceSettings
) -> None:
    (boss,) = await network.hire("csn", staff("boss"))
    mine = await network.coordinate("csn", boss)
    await produce(settings, "staff.csn", [("e1", json.dumps(an_event("e1")).encode())])

    async def feed() -> dict[str, Any]:
        return (await network.get("/agencies/csn/feed", mine)).json()

    before = await eventually(feed, until=lambda told: told["last_door"] == "kafka")
    assert (before["waiting"], before["waiting_since"]) == (0, None)
    mongo = network.running.mongo
    async with await mongo.client.start_session() as session, session.start_transaction():
        # Whoever moves the cursor now meets a conflict, and tries again until this is over.
        async for cursor in network.db.cursors.find({}, {"_id": 1}, hint="_id_"):
            await network.db.cursors.update_one(cursor, {"$set": {"held": True}}, session=session)
        # On the partition that has a cursor.
        more = [("e1", json.dumps(an_event("e1", phone=f"060-18 40 0{n}")).encode()) for n in range(3)]
        await produce(settings, "staff.csn", more)
        held = await feed()
        assert held["waiting"] == 3
        waited = datetime.now(UTC) - datetime.fromisoformat(held["waiting_since"])
        assert abs(waited) < timedelta(minutes=1)
        await session.abort_transaction()
    await eventually(feed, until=lambda told: told["waiting"] == 0)


async def test_what_was_refused_is_for_the_agencys_own_coordinator_alone(network: Network) -> None:
    mine, theirs = await network.hire("csn", staff("boss"), staff("colleague"))
    (other,) = await network.hire("spv", staff("boss"))
    coordinator, stranger = await network.coordinate("csn", mine), await network.coordinate("spv", other)
    member = signed_in(theirs, "csn")
    for caller, status in (
        (coordinator, 200),
        (member, 403),
        (stranger, 403),
        (network.tokens["csn"], 403),
        (network.admin, 403),
    ):
        assert (await network.get("/agencies/csn/refused", caller)).status_code == status
    assert (await network.get("/agencies/nowhere/refused", coordinator)).status_code == 404


async def test_an_agency_that_leaves_leaves_nothing_that_was_refused(
    network: Network, settings: ServiceSettings
) -> None:
    await network.hire("spv", staff("e1"))
    event = an_event("bad", "spv", phone=7)
    await produce(settings, "staff.spv", [("bad", json.dumps(event).encode())])
    await eventually(lambda: network.db.parked.count_documents({"topic": "staff.spv"}))
    made = await network.http.post("/directory/v1/agencies/spv/departure", headers=network.admin)
    path = f"/departures/{made.json()['id']}"

    async def look(state: str) -> bool:
        return (await network.get(path, network.admin)).json()["state"] == state

    # The archive holds what all services keep, so all of them answer.
    async with the_others(settings):
        await eventually(lambda: look("ready"), within=30)
        done = await network.http.post(
            f"/directory/v1{path}/completion", json={"agency": "spv"}, headers=network.admin
        )
        assert done.is_success, done.text
        await eventually(lambda: look("gone"), within=30)
    assert await network.db.parked.count_documents({"topic": "staff.spv"}) == 0
    assert await network.db.arrivals.count_documents({"agency": "spv"}) == 0


async def test_a_coordinator_is_told_of_bytes_that_nobody_can_read(
    network: Network, settings: ServiceSettings
) -> None:
    (boss,) = await network.hire("csn", staff("boss"))
    mine = await network.coordinate("csn", boss)
    network.running.service.app.state.clock = lambda: datetime.now(UTC) + timedelta(minutes=1)
    records = await send_bomb(settings, "staff.csn")

    async def feed() -> dict[str, Any]:
        return (await network.get("/agencies/csn/feed", mine)).json()

    told = await eventually(feed, until=lambda found: found["state"] == "unreadable")
    assert told["waiting"] == records
    assert told["waiting_since"]
    (found,) = told["interruptions"]
    assert (found["kind"], found["why"], found["partition"], found["until"]) == (
        "unreadable", "too_large", 0, None,
    )  # fmt: skip
    other = (await network.get("/agencies/spv/feed", network.tokens["spv"])).json()
    assert (other["state"], other["interruptions"]) == ("never", [])
    assert (await network.http.get("/readyz")).status_code == 200

    async def mails() -> list[Any]:
        found = [message.data for message in await messages(settings, NOTIFY_REQUESTS)]
        return [one for one in found if one.kind == "directory.feed_interrupted"]

    (mail,) = await eventually(mails)
    assert (mail.person_id, mail.data["agency"], mail.data["unreadable"]) == (boss, "csn", 1)

    mongo = network.running.mongo
    await interruptions.pass_over(mongo, await cluster_id(settings), "directory", "staff.csn", 0)
    after = await eventually(feed, until=lambda found: found["state"] != "unreadable")
    assert [each["until"] is None for each in after["interruptions"]] == [False]
    await eventually(feed, until=lambda found: found["waiting"] == 0)
    assert len(await mails()) == 1

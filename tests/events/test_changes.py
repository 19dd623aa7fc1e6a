"""A meeting moves, or is cancelled: same UID, higher SEQUENCE, everybody concerned told once."""

from datetime import datetime
from typing import Any

from tests.events.network import MEETINGS, Network, event, soon
from tests.harness import a_person, eventually


async def test_a_meeting_that_moves_is_sent_again_with_the_same_uid_and_a_higher_sequence(
    network: Network,
) -> None:
    first, second = network.members
    meeting = await network.invited()
    await network.answer(meeting, first, "accepted")
    await network.answer(meeting, second, "declined")
    begins, ends = soon(days=31), soon(days=31, hours=3)
    moved = await network.change(meeting, starts_at=begins, ends_at=ends, place="Sal B")
    assert moved.status_code == 200, moved.text
    assert moved.json()["sequence"] == 1
    *_, changed = await network.told(first, 3)
    assert changed.kind == "events.changed"
    assert changed.subject_version == 1
    assert set(changed.data["changed"]) == {"starts_at", "ends_at", "place"}
    shown = event(changed)
    assert (shown["uid"], shown["sequence"]) == (f"{meeting}@agencynet", 1)
    assert (shown["dtstart"].dt.timestamp(), shown["dtend"].dt.timestamp()) == (
        _seconds(begins),
        _seconds(ends),
    )
    assert shown["location"] == "Sal B"
    assert shown["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert await network.all_told(second, "events.changed") == []


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


async def test_what_no_calendar_shows_is_not_told(network: Network) -> None:
    meeting = await network.invited(capacity=5)
    changed = await network.change(meeting, capacity=9, closes_at=soon(days=20))
    assert changed.json()["sequence"] == 0
    same = await network.change(meeting, title="Nätverksmöte för upphandlare")
    assert same.json()["version"] == changed.json()["version"]
    await network.told(network.members[0], 1)


async def test_a_cancelled_meeting_is_withdrawn_once(network: Network) -> None:
    first, second = network.members
    meeting = await network.invited()
    await network.answer(meeting, second, "declined")
    for _ in range(2):
        answer = await network.cancel(meeting)
        assert answer.status_code == 200
        assert (answer.json()["state"], answer.json()["sequence"]) == ("cancelled", 1)
    _, cancelled = await network.told(first, 2)
    assert cancelled.kind == "events.cancelled"
    assert cancelled.calendar
    assert cancelled.calendar.method == "CANCEL"
    shown = event(cancelled)
    assert (shown["status"], shown["sequence"], shown["uid"]) == ("CANCELLED", 1, f"{meeting}@agencynet")
    assert await network.all_told(second, "events.cancelled") == []
    assert (await network.try_answer(meeting, first, "accepted")).status_code == 409
    assert (await network.change(meeting, place="Sal B")).status_code == 409


async def test_a_change_is_told_to_a_large_meeting_once_each(network: Network) -> None:
    crowd = [a_person("csn", f"c{n}", roles=("utredare",)) for n in range(420)]
    await network.people(*crowd)
    meeting = (await network.meeting(audience={"roles": ["utredare"]}))["id"]
    await network.http.post(f"{MEETINGS}/{meeting}/invitations", headers=network.as_convenor())
    await eventually(
        lambda: network.get(meeting), until=lambda m: m["counts"].get("invited") == 420, within=30
    )
    await network.change(meeting, place="Sal B")

    async def untold() -> int:
        return await network.db.participants.count_documents({"meeting_id": meeting, "told_sequence": 0})

    await eventually(untold, until=lambda left: left == 0, within=30)
    await network.told(crowd[7], 1, "events.changed")
    await network.told(crowd[411], 1, "events.changed")


async def test_two_who_change_at_once_don_t_overwrite_each_other(network: Network) -> None:
    meeting = (await network.meeting())["id"]
    path = f"{MEETINGS}/{meeting}"
    tag = (await network.http.get(path, headers=network.as_convenor())).headers["etag"]
    headers = {**network.as_convenor(), "If-Match": tag}
    assert (await network.http.patch(path, json={"place": "Sal A"}, headers=headers)).status_code == 200
    second = await network.http.patch(path, json={"place": "Sal B"}, headers=headers)
    assert second.status_code == 412
    without = await network.http.patch(path, json={"place": "Sal B"}, headers=network.as_convenor())
    assert without.status_code == 428
    assert (await network.get(meeting))["place"] == "Sal A"


async def test_the_tag_stays_when_only_seats_change(network: Network) -> None:
    meeting = await network.invited(capacity=1)
    path = f"{MEETINGS}/{meeting}"
    tag = (await network.http.get(path, headers=network.as_convenor())).headers["etag"]
    await network.answer(meeting, network.members[0], "accepted")
    headers = {**network.as_convenor(), "If-Match": tag}
    assert (await network.http.patch(path, json={"place": "Sal A"}, headers=headers)).status_code == 200


async def test_the_list_is_frozen_once_people_are_invited(network: Network) -> None:
    meeting = (await network.meeting())["id"]
    assert (await network.change(meeting, audience={"agencies": ["csn"]})).status_code == 200
    kept = (await network.get(meeting))["audience"]
    assert (kept["agencies"], kept["roles"]) == (["csn"], ["upphandlare"]), "lists that were not sent stay"
    await network.http.post(f"{MEETINGS}/{meeting}/invitations", headers=network.as_convenor())
    frozen = await network.change(meeting, audience={"agencies": ["spv"]})
    assert frozen.status_code == 409
    assert "frozen" in frozen.json()["detail"]


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"ends_at": soon(days=29)}, {"ends_at"}),
    ({"starts_at": soon(days=-1), "ends_at": soon(days=-1, hours=2)}, {"starts_at"}),
    ({"starts_at": None}, {"starts_at"}),
    ({"zone": "Europe/Sundsvall"}, {"zone"}),
    ({"capacity": 0}, {"capacity"}),
    ({"convenor_id": "00000000-0000-0000-0000-000000000000"}, {"convenor_id"}),
    ({"closes_at": soon(days=31), "opens_at": soon(days=32)}, {"closes_at", "opens_at"}),
]


async def test_a_change_to_what_can_t_be_names_every_field(network: Network) -> None:
    meeting = (await network.meeting())["id"]
    for changes, wrong in WRONG:
        answer = await network.change(meeting, **changes)
        assert answer.status_code == 422, changes
        assert {one["field"] for one in answer.json()["errors"]} == wrong, changes

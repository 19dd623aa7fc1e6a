"""What can't be right is refused precisely, and nothing stops for it."""

from typing import Any

from shared.contracts.topics import DIRECTORY_PEOPLE
from tests.events.network import MEETINGS, Network, soon
from tests.harness import a_person, eventually, produce

GOOD: dict[str, Any] = {"title": "Möte", "starts_at": soon(), "ends_at": soon(hours=1)}


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"title", "starts_at", "ends_at"}),
    ({**GOOD, "colour": "blue"}, {"colour"}),
    ({**GOOD, "recurrence": "FREQ=WEEKLY"}, {"recurrence"}),
    ({**GOOD, "capacity": "20"}, {"capacity"}),
    ({**GOOD, "capacity": 0}, {"capacity"}),
    ({**GOOD, "capacity": True}, {"capacity"}),
    ({**GOOD, "capacity": 2.0}, {"capacity"}),
    ({**GOOD, "title": "a\u0007b"}, {"title"}),
    ({**GOOD, "title": "a\r\nATTENDEE:x"}, {"title"}),
    ({**GOOD, "title": "\ufffdoof"}, {"title"}),
    ({**GOOD, "title": " \u200b "}, {"title"}),
    ({**GOOD, "title": {"$ne": 1}}, {"title"}),
    ({**GOOD, "$where": "1"}, {"$where"}),
    ({**GOOD, "starts_at": 1}, {"starts_at"}),
    ({**GOOD, "starts_at": "2027-03-01T09:00:00"}, {"starts_at"}),
    ({**GOOD, "starts_at": "9999-12-31T23:59:59-12:00"}, {"starts_at"}),
    ({**GOOD, "starts_at": "0001-01-01T00:00:00+12:00"}, {"starts_at"}),
    ({**GOOD, "video_url": "javascript:alert(1)"}, {"video_url"}),
    ({**GOOD, "video_url": "https://a b"}, {"video_url"}),
    ({**GOOD, "audience": {"role": ["x"]}}, {"audience.role"}),
    ({**GOOD, "audience": {"roles": "x"}}, {"audience.roles"}),
    ({**GOOD, "audience": {"roles": [{"$gt": ""}]}}, {"audience.roles.0"}),
    ({**GOOD, "audience": {"agencies": ["CSN!"]}}, {"audience.agencies.0"}),
    ({**GOOD, "group_id": "g"}, {"group_id"}),
    (
        {**GOOD, "ends_at": soon(days=1), "zone": "Sundsvall", "closes_at": soon(days=40)},
        {"ends_at", "zone", "closes_at"},
    ),
    (
        {**GOOD, "zone": "x", "convenor_id": "00000000-0000-0000-0000-000000000000"},
        {"zone", "convenor_id"},
    ),
]


async def test_every_wrong_field_of_a_meeting_is_named_at_once(network: Network) -> None:
    for body, wrong in WRONG:
        answer = await network.http.post(MEETINGS, json=body, headers=network.as_convenor())
        assert answer.status_code == 422, body
        assert {one["field"] for one in answer.json()["errors"]} == wrong, body


async def test_a_body_that_is_no_object_is_refused(network: Network) -> None:
    headers = {**network.as_convenor(), "content-type": "application/json"}
    for body in [b"", b"{", b"\xff\xfe", b"[1]", b'"accepted"']:
        answer = await network.http.post(MEETINGS, content=body, headers=headers)
        assert answer.status_code in {400, 422}, body
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_over_a_megabyte_is_refused(network: Network) -> None:
    body = {**GOOD, "title": "x" * 1_100_000}
    answer = await network.http.post(MEETINGS, json=body, headers=network.as_convenor())
    assert answer.status_code == 413


async def test_an_answer_is_one_of_three_words(network: Network) -> None:
    meeting = await network.invited()
    wishes: list[Any] = ["yes", "ACCEPTED", "invited", "waiting", None, 1, {"$ne": None}, ["accepted"]]
    for wish in wishes:
        answer = await network.try_answer(meeting, network.members[0], wish)
        assert answer.status_code == 422, wish
        assert [one["field"] for one in answer.json()["errors"]] == ["answer"]


async def test_an_id_that_is_none_is_refused(network: Network) -> None:
    for id_ in ["x", "$ne", "00000000-0000-0000-0000-00000000000G", "a" * 5000]:
        answer = await network.http.get(f"{MEETINGS}/{id_}", headers=network.as_convenor())
        assert answer.status_code == 422, id_


async def test_a_query_that_can_t_be_is_refused(network: Network) -> None:
    for query in [
        "limit=0",
        "limit=101",
        "page=0",
        "limit=x",
        "starts_from=now",
        "starts_from=9999-12-31T23:59:59-12:00",
    ]:
        answer = await network.http.get(f"{MEETINGS}?{query}", headers=network.as_convenor())
        assert answer.status_code == 422, query


async def test_words_with_dollars_and_dots_are_just_words(network: Network) -> None:
    words = {"roles": ["$where", "a.b"], "places": ["$$ROOT"]}
    answer = await network.http.post(
        "/events/v1/audiences/preview", json=words, headers=network.as_convenor()
    )
    assert answer.json()["count"] == 0
    meeting = await network.meeting(title="$set {$inc: 1} $$NOW", audience=words)
    assert meeting["title"] == "$set {$inc: 1} $$NOW"
    changed = await network.change(meeting["id"], place="$$ROOT", title="$title")
    assert (changed.json()["place"], changed.json()["title"]) == ("$$ROOT", "$title")


async def test_a_message_that_is_none_is_parked_and_the_good_beside_it_goes_through(network: Network) -> None:
    person = a_person("csn", "beside")
    await produce(
        network.settings, DIRECTORY_PEOPLE.name, [("x", b"{not json"), ("x", b'{"specversion":"1.0"}')]
    )
    await network.people(person)

    async def parked() -> int:
        return len(await network.db.parked.find({"topic": DIRECTORY_PEOPLE.name}).to_list(None))

    assert await eventually(parked, until=lambda count: count == 2) == 2

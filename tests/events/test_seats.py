"""Seats, the line for them, and who is told."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from services.events.app import SPEC
from shared.contracts.topics import NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.events.network import MEETINGS, Network, a_network, event, soon
from tests.harness import Running, a_person, eventually, messages, running, signed_in


async def test_when_full_the_next_waits_and_gets_the_place_that_is_given_up(network: Network) -> None:
    first, second = network.members
    meeting = await network.invited(capacity=1)
    assert (await network.answer(meeting, first, "accepted"))["state"] == "accepted"
    waiting = await network.answer(meeting, second, "accepted")
    assert (waiting["state"], waiting["place_in_line"]) == ("waiting", 1)

    assert (await network.answer(meeting, first, "declined"))["state"] == "declined"

    assert await network.states(meeting) == {first.id: "declined", second.id: "accepted"}
    invited, confirmed, declined = await network.told(first, 3)
    assert (invited.kind, confirmed.kind) == ("events.invited", "events.place_confirmed")
    assert declined.kind == "events.declined"
    assert event(confirmed)["attendee"].params["PARTSTAT"] == "ACCEPTED"
    told = await network.told(second, 3)
    assert [one.kind for one in told] == ["events.invited", "events.place_waiting", "events.place_given"]
    assert [one.data["place_in_line"] for one in told] == [None, 1, None]
    assert [event(one)["attendee"].params["PARTSTAT"] for one in told] == [
        "NEEDS-ACTION",
        "TENTATIVE",
        "ACCEPTED",
    ]
    shown = await network.get(meeting)
    assert shown["taken"] == 1
    assert shown["counts"] == {"accepted": 1, "declined": 1}


async def test_the_same_answer_again_changes_and_tells_nothing(network: Network) -> None:
    first, second = network.members
    meeting = await network.invited(capacity=1)
    once = await network.answer(meeting, first, "accepted")
    assert await network.answer(meeting, first, "accepted") == once
    waiting = await network.answer(meeting, second, "accepted")
    assert await network.answer(meeting, second, "accepted") == waiting
    await network.told(first, 2)
    await network.told(second, 2)


async def test_one_can_leave_the_line_and_the_place_in_it_is_seen(settings: ServiceSettings) -> None:
    async with a_network(settings, members=4) as network:
        seated, *line = network.members
        meeting = await network.invited(capacity=1)
        await network.answer(meeting, seated, "accepted")
        places = [(await network.answer(meeting, one, "accepted"))["place_in_line"] for one in line]
        assert places == [1, 2, 3]
        await network.answer(meeting, line[0], "declined")
        found = await network.participants(meeting)
        assert [found[one.id]["place_in_line"] for one in line] == [None, 1, 2]
        again = await network.answer(meeting, line[0], "accepted")
        assert again["place_in_line"] == 3


async def test_more_seats_go_to_the_line_in_its_order(settings: ServiceSettings) -> None:
    async with a_network(settings, members=5) as network:
        meeting = await network.invited(capacity=1)
        for one in network.members:
            await network.answer(meeting, one, "accepted")
        assert (await network.change(meeting, capacity=3)).status_code == 200
        states = await network.states(meeting)
        assert [states[one.id] for one in network.members] == ["accepted"] * 3 + ["waiting"] * 2
        await network.told(network.members[1], 1, "events.place_given")
        assert (await network.change(meeting, capacity=None)).status_code == 200
        assert Counter((await network.states(meeting)).values()) == {"accepted": 5}


async def test_fewer_seats_than_are_taken_are_refused_in_plain_words(network: Network) -> None:
    meeting = await network.invited(capacity=2)
    for one in network.members:
        await network.answer(meeting, one, "accepted")
    answer = await network.change(meeting, capacity=1)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "field": "capacity",
            "reason": "2 people have a seat already: it can't be lower than that",
            "type": "/problems/is-below-seats-taken",
            "parameters": {"taken": 2},
        }
    ]


async def test_answers_have_their_time_but_no_is_always_heard(network: Network) -> None:
    first, second = network.members
    early = await network.invited(opens_at=soon(days=10))
    assert (await network.try_answer(early, first, "accepted")).status_code == 409
    assert "Answers open" in (await network.try_answer(early, first, "tentative")).json()["detail"]
    assert (await network.answer(early, first, "declined"))["state"] == "declined"

    meeting = await network.invited(closes_at=soon(days=20))
    await network.answer(meeting, first, "accepted")
    network.events.service.app.state.clock = clock_at(soon(days=21))
    closed = await network.try_answer(meeting, second, "accepted")
    assert closed.status_code == 409
    assert "You can still decline" in closed.json()["detail"]
    assert (await network.answer(meeting, first, "accepted"))["state"] == "accepted"
    assert (await network.answer(meeting, first, "declined"))["state"] == "declined"

    network.events.service.app.state.clock = clock_at(soon(days=30, hours=1))
    begun = await network.try_answer(meeting, second, "declined")
    assert begun.status_code == 409
    assert "has begun" in begun.json()["detail"]


def clock_at(text: str) -> Callable[[], datetime]:
    return lambda: datetime.fromisoformat(text)


async def test_two_processes_hammering_one_meeting_give_no_seat_too_many(settings: ServiceSettings) -> None:
    seats, people = 25, 120
    async with a_network(settings, members=people) as network, running(SPEC, settings) as other:
        meeting = await network.invited(capacity=seats)
        sides: list[Running] = [network.events, other]

        async def answer(number: int, wish: str) -> str:
            person = network.members[number]
            path = f"{MEETINGS}/{meeting}/participants/{person.id}/answer"
            answer = await sides[number % 2].http.put(
                path, json={"answer": wish}, headers=signed_in(person.id, person.agency)
            )
            assert answer.status_code == 200, answer.text
            return answer.json()["state"]

        states = await asyncio.gather(*(answer(n, "accepted") for n in range(people)))
        assert Counter(states) == {"accepted": seats, "waiting": people - seats}
        seated = [n for n, state in enumerate(states) if state == "accepted"]
        await asyncio.gather(*(answer(n, "declined") for n in seated[:10]))
        found = await network.db.participants.find({"meeting_id": meeting}).to_list(None)
        assert Counter(one["state"] for one in found) == {
            "accepted": seats,
            "waiting": people - seats - 10,
            "declined": 10,
        }
        waiting = [(one["waiting_since"], one["person_id"]) for one in found if one["state"] == "waiting"]
        promoted = {one["_id"] for one in found if one["state"] == "accepted"} - {
            f"{meeting}/{network.members[n].id}" for n in seated
        }
        assert len(promoted) == 10
        first_left = min(waiting)
        asked = {one["_id"]: (one["answered_at"], one["person_id"]) for one in found}
        assert all(asked[id_] < first_left for id_ in promoted)
        assert (await network.get(meeting))["taken"] == seats


async def test_a_long_line_is_seated_in_bounded_transactions(settings: ServiceSettings) -> None:
    people = 320
    async with a_network(settings, members=people) as network:
        meeting = await network.invited(capacity=1)
        await asyncio.gather(*(network.answer(meeting, one, "accepted") for one in network.members))
        assert (await network.get(meeting))["counts"] == {"accepted": 1, "waiting": people - 1}
        assert (await network.change(meeting, capacity=300)).status_code == 200
        shown = await eventually(lambda: network.get(meeting), until=lambda found: found["taken"] == 300)
        assert shown["counts"] == {"accepted": 300, "waiting": 20}
        assert (await network.change(meeting, capacity=None)).status_code == 200
        await eventually(
            lambda: network.get(meeting), until=lambda found: found["counts"] == {"accepted": people}
        )
        await network.idle()
        given = [
            message.data
            for message in await messages(settings, NOTIFY_REQUESTS)
            if message.data.kind == "events.place_given"
        ]
        assert len({one.person_id for one in given}) == len(given) == people - 1


async def test_people_who_join_and_leave_at_once_leave_true_figures(settings: ServiceSettings) -> None:
    async with a_network(settings, members=20) as network:
        meeting = await network.invited(capacity=5)

        async def wander(number: int) -> None:
            person = network.members[number]
            for wish in ("accepted", "declined", "tentative", "accepted")[: number % 4 + 1]:
                await network.answer(meeting, person, wish)

        await asyncio.gather(*(wander(n) for n in range(20)))
        states = Counter((await network.states(meeting)).values())
        shown = await network.get(meeting)
        assert shown["counts"] == states
        assert shown["taken"] == states["accepted"] == 5


async def test_a_late_joiner_stands_behind_those_who_wait(network: Network) -> None:
    first, second = network.members
    meeting = await network.invited(capacity=1)
    await network.answer(meeting, first, "accepted")
    await network.answer(meeting, second, "accepted")
    late = a_person("spv", "late")
    await network.people(late)
    await eventually(lambda: network.states(meeting), until=lambda states: late.id in states)
    assert (await network.answer(meeting, late, "accepted"))["place_in_line"] == 2

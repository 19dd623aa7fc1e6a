"""Who has met whom, agency by agency (P8)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.rules.contacts import FEW, Held, contacts, period, told
from shared.settings import ServiceSettings
from tests.events.network import Network, a_network
from tests.harness import a_person, an_agency, eventually, publish_agencies, signed_in

CONTACTS = "/events/v1/contacts"
_MEETINGS = st.lists(
    st.dictionaries(
        st.integers(0, 20).map(lambda n: f"p{n}"), st.sampled_from(["bolagsverket", "csn", "spv"]), max_size=9
    ),
    max_size=9,
)


@given(_MEETINGS)
def test_a_pair_of_people_meets_for_the_first_time_once(meetings: list[dict[str, str]]) -> None:
    # A person is at one agency throughout.
    homes = {person: agency for came in meetings for person, agency in came.items()}
    held = [Held("2026-11", {person: homes[person] for person in came}) for came in meetings]
    found = contacts(held)
    met = {
        frozenset((one, other))
        for meeting in held
        for one, home in meeting.came.items()
        for other, elsewhere in meeting.came.items()
        if home != elsewhere
    }
    assert sum(month.first_met for month in found.months.values()) == len(met)


@given(_MEETINGS)
def test_an_agency_s_contacts_are_its_rows_of_the_whole(meetings: list[dict[str, str]]) -> None:
    held = [Held("2026-11", came) for came in meetings]
    whole = contacts(held).between
    mine = contacts(held, "csn").between
    assert mine == {pair: between for pair, between in whole.items() if "csn" in pair}


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (FEW - 1, None), (FEW, FEW)])
def test_a_few_are_not_counted_out(count: int, shown: int | None) -> None:
    assert told(count) == shown


def test_the_period_is_twelve_months_of_our_own_calendar() -> None:
    since, months = period(datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    assert (months[0], months[-1], len(months)) == ("2026-01", "2026-12", 12)
    assert since == datetime(2025, 12, 31, 23, 0, tzinfo=UTC)


async def test_who_said_yes_or_attended_has_met_and_the_few_stay_unnamed(settings: ServiceSettings) -> None:
    """Three from csn and two from spv come; a sixth, who is noted as absent, has met nobody."""
    async with a_network(settings, members=6) as network:
        meeting = await network.invited()
        for member in network.members:
            await network.answer(meeting, member, "accepted")
        absent = network.members[5]
        assert (await asked(network, network.as_convenor()))["meetings"] == 0, "it has not been held yet"
        await network.at(datetime.now(UTC) + timedelta(days=31))
        assert (await network.note(meeting, absent.id, came=False)).status_code == 200

        found = await asked(network, network.system("csn"))
        assert found["items"] == [{"agency": "csn", "other": "spv", "meetings": 1, "people": 5}]
        assert [(m["meetings"], m["people"], m["first_met"]) for m in found["months"] if m["meetings"]] == [
            (1, None, 6)
        ], "csn's three are a few"
        assert found["months"][-1]["month"] == f"{datetime.now(UTC) + timedelta(days=31):%Y-%m}"
        assert (await asked(network, network.as_convenor()))["items"] == [], "nobody of theirs came"
        answer = await network.http.get(CONTACTS, params={"agency": "csn"}, headers=network.system("spv"))
        assert answer.status_code == 404


async def test_the_steering_committee_sees_the_whole_network(settings: ServiceSettings) -> None:
    async with a_network(settings, members=4) as network:
        member = a_person("spv", "ledamot")
        await network.people(member)
        await publish_agencies(settings, an_agency("spv", name="SPV", version=2, steering=(member.id,)))
        await eventually(lambda: network.db.agencies.find_one({"_id": "spv", "version": 2}))
        steering = signed_in(member.id, "spv")
        meeting = await network.invited()
        for one in network.members:
            await network.answer(meeting, one, "accepted")
        await network.at(datetime.now(UTC) + timedelta(days=31))
        found = await asked(network, steering)
        assert (found["agency"], found["meetings"], found["recorded"]) == (None, 1, 0)
        assert found["items"] == [{"agency": "csn", "other": "spv", "meetings": 1, "people": None}]


async def asked(network: Network, headers: dict[str, str]) -> dict[str, Any]:
    answer = await network.http.get(CONTACTS, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()

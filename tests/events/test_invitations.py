"""From a rule to an invitation in each one's own name, with an answer."""

import asyncio
from datetime import UTC, datetime

import pytest

from shared import due
from shared.contracts.topics import DIRECTORY_PEOPLE, EVENTS_ATTENDANCE, EVENTS_MEETINGS
from tests.events.network import MEETINGS, Network, event
from tests.harness import a_person, eventually, latest, publish


async def test_each_in_the_audience_gets_one_invitation_of_their_own(network: Network) -> None:
    meeting = await network.invited()
    first, _second = network.members
    (invitation,) = await network.told(first, 1)
    assert invitation.kind == "events.invited"
    assert invitation.subject == f"meeting/{meeting}"
    assert invitation.data["title"] == "Nätverksmöte för upphandlare"
    assert (invitation.data["convenor_id"], invitation.data["convenor_name"]) == (network.convenor.id, "")
    assert invitation.data["convenor_agency"] == "Bolagsverket"
    assert invitation.data["late"] is False
    shown = event(invitation)
    assert shown["uid"] == f"{meeting}@agencynet"
    assert shown["sequence"] == 0
    assert shown["attendee"] == f"urn:uuid:{first.id}", "the mail will say who that is (D20)"
    assert shown["attendee"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert shown["attendee"].params["RSVP"] == "TRUE"
    assert shown["organizer"] == "mailto:moten@agencynet.example"
    assert await network.all_told(network.convenor) == []


async def test_inviting_again_invites_nobody_again(network: Network) -> None:
    meeting = await network.invited()
    again = await network.http.post(f"{MEETINGS}/{meeting}/invitations", headers=network.as_convenor())
    assert again.status_code == 202
    assert again.json()["invited"] == 2
    await network.told(network.members[0], 1)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_draft_is_nobody_elses_business(network: Network, cancelled: bool) -> None:
    draft = (await network.meeting())["id"]
    other = network.as_(network.members[0])
    if cancelled:
        assert (await network.cancel(draft)).json()["state"] == "cancelled"
    assert (await network.http.get(f"{MEETINGS}/{draft}", headers=other)).status_code == 404
    assert (await network.http.get(MEETINGS, headers=other)).json()["items"] == []
    mine = await network.http.get(MEETINGS, headers=network.as_convenor())
    assert [one["id"] for one in mine.json()["items"]] == [draft]
    await network.idle()
    assert await latest(network.settings, EVENTS_MEETINGS) == {}


async def test_an_invited_meeting_and_its_participants_are_announced(network: Network) -> None:
    meeting = await network.invited(capacity=1)
    first = network.members[0]
    await network.answer(meeting, first, "accepted")
    await network.idle()
    state = (await latest(network.settings, EVENTS_MEETINGS))[meeting]
    assert (state.taken, state.capacity, state.cancelled) == (1, 1, False)
    attendance = await latest(network.settings, EVENTS_ATTENDANCE)
    assert attendance[f"{meeting}/{first.id}"].state == "accepted"


async def test_nobody_is_invited_by_an_empty_rule(network: Network) -> None:
    empty = (await network.meeting(audience={}))["id"]
    answer = await network.http.post(f"{MEETINGS}/{empty}/invitations", headers=network.as_convenor())
    assert answer.status_code == 409
    assert "empty" in answer.json()["detail"]
    nobody = (await network.meeting(audience={"roles": ["kock"]}))["id"]
    answer = await network.http.post(f"{MEETINGS}/{nobody}/invitations", headers=network.as_convenor())
    assert "reaches nobody" in answer.json()["detail"]


async def test_who_comes_to_the_audience_later_is_invited_once_and_late(network: Network) -> None:
    meeting = await network.invited()
    late = a_person("spv", "late")
    await network.people(late)
    (invitation,) = await network.told(late, 1)
    assert invitation.data["late"] is True
    assert (await network.participants(meeting))[late.id]["late"] is True
    await network.people(late.model_copy(update={"version": 2, "place": "Härnösand"}))
    await network.told(late, 1)
    await network.told(network.members[0], 1)


async def test_who_is_at_a_meeting_s_list_does_not_hold_up_who_comes_to_its_audience(
    network: Network,
) -> None:
    meeting = await network.invited()
    late = a_person("spv", "late")
    async with await network.events.mongo.client.start_session() as session, session.start_transaction():
        rows = await network.db.due.update_many(
            {"subject": f"meeting/{meeting}"}, {"$set": {"claim": "another"}}, session=session
        )
        assert rows.matched_count
        # MongoDB gives up a transaction of over ten seconds on its own.
        async with asyncio.timeout(6):
            await network.people(late)
    (invitation,) = await network.told(late, 1)
    assert invitation.data["late"] is True


async def test_who_has_gone_from_the_audience_again_is_not_invited(network: Network) -> None:
    """Between the batch that brought them and the job."""
    meeting = await network.invited()
    late = a_person("spv", "late")
    now, people = datetime(2026, 1, 1, tzinfo=UTC), {"people": [late.id, network.convenor.id]}
    job = due.Row(f"sweep/{meeting}/1", "sweep", f"meeting/{meeting}", now, people)
    await network.people(late.model_copy(update={"roles": ()}))
    await network.events.mongo.transact(lambda tx: due.schedule(tx, [job]))
    await network.idle()
    assert not {late.id, network.convenor.id} & set(await network.participants(meeting))
    assert await network.db.due.count_documents({"subject": f"meeting/{meeting}", "kind": "sweep"}) == 1


async def test_nobody_is_invited_late_to_what_is_cancelled_or_closed(network: Network) -> None:
    meeting = await network.invited()
    await network.cancel(meeting)
    late = a_person("spv", "late")
    await network.people(late)
    await network.idle()
    assert await network.all_told(late) == []
    assert late.id not in await network.participants(meeting)


async def test_a_large_audience_is_invited_in_bounded_transactions(network: Network) -> None:
    crowd = [a_person("csn", f"c{n}", roles=("utredare",)) for n in range(450)]
    await network.people(*crowd)
    meeting = (await network.meeting(audience={"roles": ["utredare"]}))["id"]
    answer = await network.http.post(f"{MEETINGS}/{meeting}/invitations", headers=network.as_convenor())
    assert answer.json()["invited"] == 450
    counts = await eventually(
        lambda: network.get(meeting), until=lambda found: found["counts"].get("invited") == 450, within=30
    )
    assert counts["counts"] == {"invited": 450}
    await network.told(crowd[-1], 1)


async def test_an_invitation_stopped_half_way_goes_on_where_it_was(network: Network) -> None:
    """A crash between a transaction and forgetting its job leaves the job: doing it again does nothing."""
    meeting = await network.invited()
    await network.idle()
    first, second = network.members
    now, people = datetime(2026, 1, 1, tzinfo=UTC), {"people": [first.id, second.id]}
    again = due.Row(f"invite/{meeting}/0", "invite", f"meeting/{meeting}", now, people)
    await network.events.mongo.transact(lambda tx: due.schedule(tx, [again]))
    await network.idle()
    await network.told(first, 1)
    assert (await network.get(meeting))["counts"] == {"invited": 2}


async def test_the_preview_counts_and_names_whom_the_rule_reaches(network: Network) -> None:
    await network.people(
        a_person("csn", "u1", roles=("utredare",)), a_person("spv", "u2", roles=("utredare",))
    )
    path = "/events/v1/audiences/preview"
    asked = {"roles": ["upphandlare", "utredare"], "agencies": ["csn"]}
    found = (await network.http.post(path, json=asked, headers=network.as_convenor())).json()
    assert found["count"] == 2
    assert found["agencies"] == [{"agency": "csn", "count": 2}]
    assert [one["agency"] for one in found["items"]] == ["csn", "csn"]
    empty = (await network.http.post(path, json={}, headers=network.as_convenor())).json()
    assert (empty["count"], empty["items"]) == (0, [])
    assert "empty" in empty["note"]


async def test_a_person_who_left_before_the_invitation_is_not_invited(network: Network) -> None:
    first, second = network.members
    await publish(
        network.settings, DIRECTORY_PEOPLE, first.model_copy(update={"version": 2, "status": "left"})
    )

    async def left() -> bool:
        return (await network.db.people.find_one({"_id": first.id}))["status"] == "left"

    await eventually(left)
    meeting = await network.invited()
    assert set(await network.participants(meeting)) == {second.id}

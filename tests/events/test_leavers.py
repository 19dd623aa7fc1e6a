"""Somebody leaves, or may no longer be seen."""

from shared.contracts.directory import Agency, Person
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE, EVENTS_MEETINGS
from shared.contracts.types import Gone
from tests.events.network import MEETINGS, Network
from tests.harness import a_person, eventually, latest, publish


async def leave(network: Network, person: Person, version: int = 2) -> None:
    gone = person.model_copy(update={"version": version, "status": "left"})
    await network.people(gone)


async def test_a_leaver_s_seat_goes_to_the_first_in_line_and_the_convenor_is_told(network: Network) -> None:
    first, second = network.members
    meeting = await network.invited(capacity=1)
    await network.answer(meeting, first, "accepted")
    await network.answer(meeting, second, "accepted")
    await leave(network, first)
    given = (await network.told(second, 3))[-1]
    assert given.kind == "events.place_given"
    assert await network.states(meeting) == {first.id: "cancelled", second.id: "accepted"}
    (left,) = await network.told(network.convenor, 1)
    assert left.kind == "events.participant_left"
    assert (left.data["left_id"], left.data["promoted_id"]) == (first.id, second.id)
    await network.told(first, 2)


async def test_two_who_leave_one_meeting_at_once_are_both_told_of(network: Network) -> None:
    first, second = network.members
    meeting = await network.invited()
    await network.answer(meeting, first, "accepted")
    await network.answer(meeting, second, "accepted")
    gone = [one.model_copy(update={"version": 2, "status": "left"}) for one in (first, second)]
    await network.people(*gone)
    told = await network.told(network.convenor, 2)
    assert len({one.id for one in told}) == 2


async def test_one_bad_meeting_does_not_keep_a_leaver_s_seat_in_the_others(network: Network) -> None:
    first, second = network.members
    bad, good = [await network.invited(capacity=1), await network.invited(capacity=1)]
    for meeting in (bad, good):
        await network.answer(meeting, first, "accepted")
        await network.answer(meeting, second, "accepted")
    # Nobody can be given the seat: the invitation for it can't be made.
    await network.db.meetings.update_one({"_id": bad}, {"$set": {"zone": "Nowhere/At_All"}})
    await leave(network, first)
    await eventually(lambda: network.states(good), until=lambda found: found[second.id] == "accepted")
    await network.db.meetings.update_one({"_id": bad}, {"$set": {"zone": "Europe/Stockholm"}})
    await eventually(
        lambda: network.states(bad), until=lambda found: found[second.id] == "accepted", within=30
    )


async def test_a_leaver_who_comes_back_is_invited_again(network: Network) -> None:
    first = network.members[0]
    meeting = await network.invited()
    await leave(network, first)
    await eventually(lambda: network.states(meeting), until=lambda found: found[first.id] == "cancelled")
    await network.people(first.model_copy(update={"version": 3}))
    await eventually(lambda: network.states(meeting), until=lambda found: found[first.id] == "invited")
    await network.told(first, 2, "events.invited")


async def test_a_protected_person_s_name_is_nowhere_in_the_service(network: Network) -> None:
    first, second = network.members
    hidden = a_person("csn", "hidden", given_name="Hemlighetsfulla", family_name="Skyddadsson")
    await network.people(hidden)
    meeting = await network.invited(capacity=1)
    await network.answer(meeting, hidden, "accepted")
    await network.answer(meeting, first, "accepted")
    address = await network.http.post("/events/v1/calendars", headers=network.as_(hidden))
    await publish(network.settings, DIRECTORY_PEOPLE, Gone(id=hidden.id, version=2))

    await eventually(lambda: network.states(meeting), until=lambda found: found[first.id] == "accepted")
    (left,) = await network.told(network.convenor, 1)
    assert left.data["left_name"] == "", "requests name nobody"
    for name in await network.db.list_collection_names():
        text = str(await network.db[name].find().hint("_id_").to_list(None))
        assert "Hemlighetsfulla" not in text, name
        assert "Skyddadsson" not in text, name
        assert str(hidden.email) not in text, name
    shown = (await network.participants(meeting))[hidden.id]
    assert (shown["display_name"], shown["state"]) == ("", "cancelled")
    assert (await network.http.get(address.json()["path"])).status_code == 404
    assert second.id in await network.participants(meeting)


async def test_a_convenor_who_leaves_is_followed_by_a_coordinator(network: Network) -> None:
    meeting = await network.invited()
    await leave(network, network.convenor)
    found = await eventually(
        lambda: latest(network.settings, EVENTS_MEETINGS),
        until=lambda all_: all_[meeting].convenor_id == network.coordinator.id,
    )
    assert found[meeting].sequence == 0
    shown = await network.http.get(f"{MEETINGS}/{meeting}", headers=network.as_coordinator())
    assert shown.json()["needs_convenor"] is False
    (told,) = await network.told(network.coordinator, 1)
    assert (told.kind, told.subject, told.calendar) == ("events.convenor", f"meeting/{meeting}", None)


async def test_whoever_is_handed_a_meeting_is_told_unless_they_took_it_over(network: Network) -> None:
    heir = a_person("bolagsverket", "heir", roles=("chef",))
    await network.people(heir)
    meeting = await network.invited()
    for _ in range(2):
        assert (await network.change(meeting, convenor_id=heir.id)).status_code == 200
        assert (await network.change(meeting, convenor_id=heir.id)).status_code == 403, (
            "it is no longer theirs"
        )
        path, back = f"{MEETINGS}/{meeting}", {"convenor_id": network.convenor.id}
        headers = {**network.as_(heir), "If-Match": "*"}
        assert (await network.http.patch(path, json=back, headers=headers)).status_code == 200
    headers = {**network.as_coordinator(), "If-Match": "*"}
    taken = await network.http.patch(path, json={"convenor_id": network.coordinator.id}, headers=headers)
    assert taken.json()["convenor_id"] == network.coordinator.id
    assert [one.kind for one in await network.told(heir, 2)] == ["events.convenor"] * 2
    assert [one.kind for one in await network.told(network.convenor, 2)] == ["events.convenor"] * 2
    assert await network.all_told(network.coordinator) == []
    assert {one.kind for one in await network.all_told(network.members[0])} == {"events.invited"}


async def test_without_a_coordinator_the_meeting_is_put_up_for_handing_over(network: Network) -> None:
    known = await network.db.agencies.find_one({"_id": "bolagsverket"})
    known["id"] = known.pop("_id")
    without = Agency.model_validate({**known, "version": 2, "coordinators": ()}, strict=False)
    await publish(network.settings, DIRECTORY_AGENCIES, without)

    async def applied() -> bool:
        return (await network.db.agencies.find_one({"_id": "bolagsverket"}))["version"] == 2

    await eventually(applied)
    meeting = await network.invited()
    await leave(network, network.convenor)
    path, system = f"{MEETINGS}/{meeting}", network.system("bolagsverket")

    async def shown() -> dict[str, object]:
        return (await network.http.get(path, headers=system)).json()

    await eventually(shown, until=lambda found: found["needs_convenor"])
    tag = (await network.http.get(path, headers=system)).headers["etag"]
    taken_over = await network.http.patch(
        path, json={"convenor_id": network.coordinator.id}, headers={**system, "If-Match": tag}
    )
    assert taken_over.json()["needs_convenor"] is False


async def test_leaving_after_saying_nothing_is_not_worth_a_mail(network: Network) -> None:
    first = network.members[0]
    meeting = await network.invited()
    await leave(network, first)
    await eventually(lambda: network.states(meeting), until=lambda found: found[first.id] == "cancelled")
    await network.idle()
    assert await network.all_told(network.convenor) == []

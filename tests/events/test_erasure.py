"""O1, D24: what is left of somebody who is erased, and of an agency that leaves."""

from datetime import timedelta

from shared.contracts.directory import Agency, Person
from shared.contracts.topics import (
    DIRECTORY_AGENCIES,
    EVENTS_ATTENDANCE,
    EVENTS_MEETINGS,
    EVENTS_PRIVACY,
)
from shared.contracts.types import Gone
from shared.privacy import words
from tests.events.network import MEETINGS, Network, soon
from tests.harness import a_person, an_agency, eventually, latest, publish
from tests.privacy import ask_and_wait, counted, exported, left_of

NIL = "00000000-0000-0000-0000-000000000000"


async def busy(network: Network, person: Person) -> dict[str, str]:
    """They were at one meeting, come to another, convened a third, and have their meetings in a calendar."""
    past = await network.invited()
    await network.answer(past, person, "accepted")
    starts = await network.ends(past)
    await network.at(starts)
    assert (await network.note(past, person.id, came=True)).status_code == 200
    soon = {"starts_at": (starts + timedelta(days=9)).isoformat()}
    later = {**soon, "ends_at": (starts + timedelta(days=9, hours=1)).isoformat()}
    coming = await network.invited(**later)
    await network.answer(coming, person, "accepted")
    own = await network.http.post(
        MEETINGS,
        json={"title": "Min egen", **later, "audience": {"roles": ["upphandlare"]}},
        headers=network.as_(person),
    )
    await network.http.post(f"{MEETINGS}/{own.json()['id']}/invitations", headers=network.as_(person))
    calendar = await network.http.post("/events/v1/calendars", headers=network.as_(person))
    assert calendar.status_code == 201, calendar.text
    await network.idle()
    return {"past": past, "coming": coming, "own": own.json()["id"]}


async def test_somebody_gets_what_is_held_on_them_and_nobody_else(network: Network) -> None:
    person, other = network.members
    ids = await busy(network, person)
    rows = await exported(network.settings, EVENTS_PRIVACY, person.agency, [person.id])
    assert {row["meeting_id"] for row in rows["participations"]} == set(ids.values())
    assert [row["title"] for row in rows["convened_meetings"]] == ["Min egen"]
    assert (len(rows["calendars"]), rows["people"][0]["display_name"]) == (1, "Åsa Öberg")
    assert "sha256" not in rows["calendars"][0], "what opens the feed is not given out"
    assert other.id not in str(rows)


async def test_a_dry_run_counts_and_an_erasure_leaves_figures_without_a_person(network: Network) -> None:
    person, other = network.members
    ids = await busy(network, person)
    dry = await ask_and_wait(network.settings, EVENTS_PRIVACY, "count", person.agency, [person.id])
    assert counted(dry) == {"people": 1, "participations": 3, "convened_meetings": 1, "calendars": 1}
    assert await left_of(network.db, person.id)
    told = await ask_and_wait(network.settings, EVENTS_PRIVACY, "erasure", person.agency, [person.id])
    assert told.last
    await network.idle()
    assert await left_of(network.db, person.id) == []
    past = await network.participants(ids["past"])
    (nobody,) = [one for one in past.values() if one["person_id"] != other.id]
    assert (nobody["agency"], nobody["attended"], nobody["display_name"]) == (person.agency, True, "")
    assert (await network.get(ids["past"]))["counts"] == {"accepted": 1, "invited": 1}
    coming = await network.states(ids["coming"])
    assert sorted(coming.values()) == ["cancelled", "invited"]
    heard = await latest(network.settings, EVENTS_ATTENDANCE)
    for meeting in ids.values():
        gone = heard[f"{meeting}/{person.id}"]
        assert isinstance(gone, Gone)
        assert gone.reason == "erased"
    meetings = await latest(network.settings, EVENTS_MEETINGS)
    assert meetings[ids["own"]].convenor_id == NIL
    assert (await network.http.get(f"{MEETINGS}/{ids['own']}", headers=network.as_(other))).status_code == 200


async def test_their_ids_are_buried_a_minute_later(network: Network) -> None:
    person = network.members[0]
    meeting = await network.invited()
    await ask_and_wait(network.settings, EVENTS_PRIVACY, "erasure", person.agency, [person.id])
    assert await network.db.burials.count_documents({"key": f"{meeting}/{person.id}"}, hint="_id_") == 1
    now = (await network.starts(meeting)) - timedelta(days=1)
    network.events.service.app.state.clock = lambda: now

    async def none_waits() -> bool:
        return await network.db.burials.find_one({}, hint="_id_") is None

    await eventually(none_waits)


async def test_two_meetings_of_the_erased_can_not_be_put_together(network: Network) -> None:
    person, other = network.members
    ids = await busy(network, person)
    await ask_and_wait(network.settings, EVENTS_PRIVACY, "erasure", person.agency, [person.id])
    rows = await network.db.participants.find({"meeting_id": {"$in": [*ids.values()]}}).to_list(None)
    nobodies = [row["person_id"] for row in rows if row["person_id"] != other.id]
    assert len(set(nobodies)) == len(nobodies) == len(ids)


async def test_an_erasure_again_changes_nothing(network: Network) -> None:
    person = network.members[0]
    ids = await busy(network, person)
    for _ in range(2):
        await ask_and_wait(network.settings, EVENTS_PRIVACY, "erasure", person.agency, [person.id])
        await network.idle()
    assert len(await network.participants(ids["past"])) == 2
    assert await left_of(network.db, person.id) == []


async def test_a_name_in_others_words_is_listed_first_and_then_taken_out(network: Network) -> None:
    person = network.members[0]
    title = "Avtackning av åsa ÖBERG, tfn 060-18 40 00"
    meeting = (await network.meeting(title=title))["id"]
    looked_for = words.wanted("salt", ["Åsa Öberg"], ["+46 60 18 40 00"])
    dry = await ask_and_wait(
        network.settings, EVENTS_PRIVACY, "count", person.agency, [person.id], wanted=looked_for
    )
    (mention,) = dry.mentions
    assert (mention.thing, mention.field, mention.redacted) == (f"meeting/{meeting}", "title", False)
    assert (await network.get(meeting))["title"] == title
    done = await ask_and_wait(
        network.settings, EVENTS_PRIVACY, "erasure", person.agency, [person.id], wanted=looked_for
    )
    assert [each.redacted for each in done.mentions] == [True]
    assert (await network.get(meeting))["title"] == "Avtackning av […], tfn […]"


async def test_no_answer_that_is_kept_for_repetitions_holds_the_erased_or_their_name(
    network: Network,
) -> None:
    person, other = network.members
    body = {"starts_at": soon(), "ends_at": soon(hours=1), "audience": {"roles": ["upphandlare"]}}
    for key, (who, title) in enumerate(
        [(person, "Eget"), (other, "Tack, Åsa Öbergs grupp"), (other, "Annat")]
    ):
        headers = {**network.as_(who), "Idempotency-Key": f"{key}"}
        made = await network.http.post(MEETINGS, json={**body, "title": title}, headers=headers)
        assert made.status_code == 201, made.text
    looked_for = words.wanted("salt", ["Åsa Öberg"], [])
    await ask_and_wait(
        network.settings, EVENTS_PRIVACY, "erasure", person.agency, [person.id], wanted=looked_for
    )
    await network.idle()
    kept = [row.get("answer") for row in await network.db.idempotency.find().hint("_id_").to_list(None)]
    assert sorted(each["title"] for each in kept if each and each["title"] in ("Eget", "Annat")) == ["Annat"]
    assert not {"idempotency", "meetings"} & set(await left_of(network.db, "Öberg"))
    assert "idempotency" not in await left_of(network.db, person.id)


async def agency_goes(network: Network, slug: str) -> None:
    await publish(network.settings, DIRECTORY_AGENCIES, Gone(id=slug, version=9))
    people = await network.db.people.find({"agency": slug, "deleted": False}).to_list(None)
    ids = [one["_id"] for one in people]
    await ask_and_wait(network.settings, EVENTS_PRIVACY, "erasure", slug, ids)
    await ask_and_wait(network.settings, EVENTS_PRIVACY, "erasure", slug, whole=True)
    await network.idle()


async def test_a_departed_agency_s_coming_meeting_gets_another_host_who_is_told(network: Network) -> None:
    csn, spv = network.members
    heir = a_person("spv", "heir", roles=("chef",))
    await network.people(heir)
    changed: Agency = an_agency("spv", name="SPV", version=2, coordinators=(heir.id,))
    await publish(network.settings, DIRECTORY_AGENCIES, changed)
    meeting = await network.invited()
    await network.answer(meeting, csn, "accepted")
    await network.answer(meeting, spv, "accepted")
    await agency_goes(network, "bolagsverket")
    found = (await latest(network.settings, EVENTS_MEETINGS))[meeting]
    assert (found.convenor_agency, found.convenor_id, found.cancelled) == ("spv", heir.id, False)
    (told,) = await network.told(heir, 1)
    assert told.kind == "events.convenor"
    shown = await network.http.get(f"{MEETINGS}/{meeting}", headers=network.as_(heir))
    assert shown.json()["needs_convenor"] is False


async def test_where_nobody_can_take_it_over_it_is_cancelled_and_everybody_hears(network: Network) -> None:
    meeting = await network.invited()
    await agency_goes(network, "bolagsverket")
    assert (await latest(network.settings, EVENTS_MEETINGS))[meeting].cancelled
    for person in network.members:
        assert (await network.told(person, 2))[-1].kind == "events.cancelled"


async def test_what_only_the_departed_agency_took_part_in_is_gone_altogether(network: Network) -> None:
    colleague = a_person("bolagsverket", "colleague", roles=("jurist",))
    await network.people(colleague)
    alone = await network.invited(title="Bara vi på Qqxverket", audience={"roles": ["jurist"]})
    draft = (await network.meeting(title="Qqxverkets utkast"))["id"]
    await agency_goes(network, "bolagsverket")
    assert await left_of(network.db, "Qqx") == []
    for id_ in (alone, draft):
        assert await left_of(network.db, id_) == []
    assert isinstance((await latest(network.settings, EVENTS_MEETINGS))[alone], Gone)

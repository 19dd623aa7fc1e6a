"""Meetings in people's own calendars."""

from tests.events.network import MEETINGS, Network, parsed, soon

CALENDARS = "/events/v1/calendars"


async def new_feed(network: Network) -> str:
    answer = await network.http.post(CALENDARS, headers=network.as_(network.members[0]))
    assert answer.status_code == 201, answer.text
    return answer.json()["path"]


async def test_a_feed_shows_what_one_said_yes_or_perhaps_to(network: Network) -> None:
    first, second = network.members
    sure, perhaps, no, unanswered, full = [
        await network.invited(title=title, starts_at=soon(day), ends_at=soon(day, 1), capacity=1)
        for day, title in enumerate(("Ja", "Kanske", "Nej", "Inget svar", "Kö"), 5)
    ]
    for meeting, wish in ((sure, "accepted"), (perhaps, "tentative"), (no, "declined")):
        await network.answer(meeting, first, wish)
    await network.answer(full, second, "accepted")
    await network.answer(full, first, "accepted")
    path = await new_feed(network)
    answer = await network.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events = parsed(answer.text).walk("VEVENT")
    assert [(str(one["summary"]), str(one["status"])) for one in events] == [
        ("Ja", "CONFIRMED"),
        ("Kanske", "TENTATIVE"),
        ("I kö: Kö", "TENTATIVE"),
    ]
    assert unanswered not in answer.text

    await network.cancel(sure)
    cancelled = await network.http.get(path)
    events = parsed(cancelled.text).walk("VEVENT")
    assert (str(events[0]["status"]), events[0]["sequence"]) == ("CANCELLED", 1)


async def test_a_feed_that_has_not_changed_is_not_sent_again(network: Network) -> None:
    meeting = await network.invited()
    await network.answer(meeting, network.members[0], "accepted")
    path = await new_feed(network)
    first = await network.http.get(path)
    same = await network.http.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    tag = first.headers["etag"]
    for known in (f"W/{tag}", f'"x", {tag}', f'W/"x",W/{tag}', "*"):
        assert (await network.http.get(path, headers={"If-None-Match": known})).status_code == 304, known
    head = await network.http.head(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    await network.change(meeting, place="Sal B")
    other = await network.http.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    assert "Sal B" in other.text


async def test_a_secret_is_kept_only_as_its_digest_and_can_be_revoked(network: Network) -> None:
    path = await new_feed(network)
    secret = path.rsplit("/", 1)[1]
    assert len(secret) == 43
    kept = await network.db.calendars.find().hint("_id_").to_list(None)
    assert secret not in str(kept)
    mine = network.as_(network.members[0])
    (listed,) = (await network.http.get(CALENDARS, headers=mine)).json()["items"]
    other = network.as_(network.members[1])
    assert (await network.http.get(CALENDARS, headers=other)).json()["items"] == []
    assert (await network.http.delete(f"{CALENDARS}/{listed['id']}", headers=other)).status_code == 404
    assert (await network.http.delete(f"{CALENDARS}/{listed['id']}", headers=mine)).status_code == 204
    assert (await network.http.get(path)).status_code == 404
    assert (await network.http.get(f"{CALENDARS}/{'A' * 43}")).status_code == 404


async def test_nobody_needs_more_than_ten_addresses_and_no_system_any(network: Network) -> None:
    for _ in range(10):
        await new_feed(network)
    assert (await network.http.post(CALENDARS, headers=network.as_(network.members[0]))).status_code == 409
    assert (await network.http.post(CALENDARS, headers=network.system("csn"))).status_code == 403


async def test_one_meeting_can_be_had_as_a_file_without_anybody_s_name_but_the_convenor_s(
    network: Network,
) -> None:
    meeting = await network.invited()
    answer = await network.http.get(f"{MEETINGS}/{meeting}/calendar", headers=network.as_(network.members[0]))
    assert answer.headers["content-disposition"] == f'attachment; filename="{meeting}.ics"'
    (event,) = parsed(answer.text).walk("VEVENT")
    assert "attendee" not in event
    assert event["organizer"].params["CN"] == "Åke Ärlig"

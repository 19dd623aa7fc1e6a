"""Answers that are not taken (d4), and a no that reaches the calendar, from the mail to the page and back."""

from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from tests.harness import signed_in
from tests.portal.house import House

TITLE = "Stängt möte"
START = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)


async def invited(house: House, convenor: str, role: str, **fields: str) -> str:
    """The path of a meeting that has been invited to."""
    me = signed_in(house.people[convenor], "csn")
    body = {
        "title": TITLE,
        "starts_at": START.isoformat(),
        "ends_at": (START + timedelta(hours=2)).isoformat(),
        "place": "Rum Älgen, Sundsvall",
        "video_url": "https://video.example/mote?x=1",
        "audience": {"roles": [role]},
        **fields,
    }
    events = house.others["events"].http
    made = await events.post("/events/v1/meetings", json=body, headers=me)
    assert made.status_code == 201, made.text
    path = f"/meetings/{made.json()['id']}"
    asked = await events.post(f"/events/v1{path}/invitations", headers=me)
    assert asked.status_code == 202, asked.text
    return path


async def test_nobody_is_asked_for_a_yes_that_is_not_taken_and_the_page_says_why(house: House) -> None:
    await house.hire("csn", "Stängkalle", "Stängkaj", roles=("it-arkitekt",))
    closed = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    path = await invited(house, "Stängkalle", "it-arkitekt", closes_at=closed)
    link = await house.link_in("Stängkaj", "events.invited", "answers", TITLE)
    browser = house.browser()
    await browser.open(link)
    signed = await house.signed_in("Stängkaj", "en")
    await signed.open(path)
    for page, reason, yes in (
        (browser, "Svarstiden gick ut", "Ja, jag kommer"),
        (signed, "Answers closed", "Yes, I'm coming"),
    ):
        assert reason in page.text
        assert yes not in page.text
        assert 'value="declined"' in page.page.text
    answer = await browser.post(link, answer="declined")
    assert answer.status_code == 200
    assert "Du kommer inte" in browser.text


async def test_a_no_by_the_link_takes_the_meeting_out_of_the_calendar(house: House) -> None:
    await house.hire("csn", "Nejkalle", "Nejkaj", roles=("utbildningsledare",))
    await invited(house, "Nejkalle", "utbildningsledare")
    link = await house.link_in("Nejkaj", "events.invited", "answers", TITLE)
    browser = house.browser()
    await browser.open(link)
    for wish in ("accepted", "declined"):
        await browser.post(link, answer=wish)
    sent = []
    for kind in ("events.invited", "events.declined"):
        [part] = [
            part
            for part in (await house.mail_to("Nejkaj", kind, TITLE)).walk()
            if part.get_content_type() == "text/calendar"
        ]
        [event] = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
        sent.append((part.get_param("method"), event))
    (asked, invitation), (withdrawn, cancellation) = sent
    assert (asked, withdrawn) == ("REQUEST", "CANCEL")
    assert invitation["uid"] == cancellation["uid"]
    assert cancellation["sequence"] > invitation["sequence"]
    assert link in str(invitation["description"])
    assert "Videomöte: https://video.example/mote?x=1" in str(invitation["description"])

"""Meetings from the page: called by rule, answered, the line, the calendar (E1, E4, E13, E20)."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

from tests.harness import eventually, signed_in
from tests.portal.house import Browser, House
from tests.portal.states import was_held
from tests.portal.test_links import a_meeting

DAY = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


async def test_a_meeting_is_called_by_rule_answered_and_the_line_moves(house: House) -> None:
    await house.hire("spv", "Kallar", "Ekonomett", "Ekonomtva", roles=("ekonom",))
    convenor = await house.signed_in("Kallar")
    await convenor.open("/new-meeting")
    form = {
        "title": "Årsbokslut tillsammans", "day": DAY, "starts": "09:00", "ends": "11:00",
        "capacity": "1", "roles": "ekonom", "agencies": "spv",
    }  # fmt: skip
    await convenor.post("/new-meeting/preview", **form)
    assert "Når 3 personer" in convenor.text
    assert 'value="Årsbokslut tillsammans"' in convenor.page.text, "what was typed is kept"
    await convenor.post("/new-meeting", **form)
    assert convenor.page.url.path.startswith("/meetings/")
    assert "Utkast, ingen har fått veta" in convenor.text
    path = convenor.page.url.path
    assert (await (await house.signed_in("Ekonomett")).open(path)).status_code == 404, "a draft is one's own"
    await convenor.post(f"{path}/invitations")

    async def invited() -> str:
        await convenor.open(path)
        return convenor.text

    await eventually(invited, until=lambda text: text.count("Har inte svarat") == 3)
    first, second = await house.signed_in("Ekonomett"), await house.signed_in("Ekonomtva", "en")
    await first.open("/")
    assert "Årsbokslut tillsammans" in first.text
    await first.post(f"{path}/answer", answer="accepted", back="/")
    assert first.page.url.path == "/"
    assert "Du kommer" in first.text
    await second.open(path)
    assert "The meeting is full" in second.text
    await second.post(f"{path}/answer", answer="accepted")
    assert "On the waiting list, number 1 in the queue" in second.text
    await first.open(path)
    await first.post(f"{path}/answer", answer="declined")

    async def look() -> str:
        await second.open(path)
        return second.text

    await eventually(look, until=lambda text: "You are coming" in text)
    calendar = await second.open(f"{path}/calendar.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VEVENT" in calendar.text


async def test_everything_that_is_wrong_with_a_meeting_is_said_at_once_in_both_languages(
    house: House,
) -> None:
    for language, said in (("sv", "6 saker behöver rättas"), ("en", "6 things need your attention")):
        browser = await house.signed_in("Granne", language)
        await browser.open("/new-meeting")
        answer = await browser.post(
            "/new-meeting", title="", day="igår", starts="9", ends="8:99", capacity="många", place="Härnösand"
        )
        assert answer.status_code == 422
        assert said in browser.text
        assert 'value="Härnösand"' in answer.text
        assert len(re.findall(r'aria-invalid="true"', answer.text)) >= 3
        for name in re.findall(r'<li><a href="#(\w+)"', answer.text):
            assert f'id="{name}"' in answer.text, "the summary leads to the field"


async def test_what_the_service_refuses_is_said_in_the_readers_language(house: House) -> None:
    browser = await house.signed_in("Granne")
    await browser.open("/new-meeting")
    far = (datetime.now(UTC) + timedelta(days=5_000)).date().isoformat()
    answer = await browser.post(
        "/new-meeting", title="Långt fram", day=far, starts="09:00", ends="10:00", roles="upphandlare"
    )
    assert answer.status_code == 422
    assert "Välj en tid inom tio år." in browser.text


async def test_a_cancellation_is_meant(house: House) -> None:
    browser = await house.signed_in("Granne")
    await browser.open("/new-meeting")
    await browser.post(
        "/new-meeting", title="Ställs in", day=DAY, starts="09:00", ends="10:00", roles="upphandlare"
    )
    path = browser.page.url.path
    await browser.post(f"{path}/cancellation")
    assert "Kryssa i rutan" in browser.text
    await browser.post(f"{path}/cancellation", sure="yes")
    assert "Inställt" in browser.text


async def test_e21_who_came_is_noted_on_a_sheet_and_each_sees_their_own(house: House) -> None:
    await house.hire(
        "spv", "Narvkallar", "Narvkom", "Narvborta", "Narvtyst", "Narvkanske", roles=("dataskyddsombud",)
    )
    path = await a_meeting(house, "Narvkallar", title="Hållet möte", roles="dataskyddsombud", agencies="spv")
    convenor = await house.signed_in("Narvkallar")
    await eventually(lambda: convenor.open(path), until=lambda page: page.text.count("Har inte svarat") == 5)
    await convenor.open(f"{path}/attendance")
    assert "när mötet har börjat" in convenor.text
    names = ("Narvkom", "Narvborta", "Narvtyst", "Narvkanske")
    browsers = {name: await house.signed_in(name) for name in names}
    for name, wish in ("Narvkom", "accepted"), ("Narvborta", "accepted"), ("Narvkanske", "tentative"):
        await browsers[name].open(path)
        await browsers[name].post(f"{path}/answer", answer=wish)
    await was_held(house, path)
    await convenor.open("/meetings")
    assert "Hållet möte" not in convenor.text
    await convenor.open("/meetings", held="true")
    assert "Hållet möte" in convenor.text
    await convenor.open(path)
    assert "Anteckna vilka som kom" in convenor.text
    await convenor.open(f"{path}/attendance")
    assert ticked(convenor) == {house.people[name] for name in ("Narvkom", "Narvborta")}
    seen = re.findall(r'name="seen" value="([^"]+)"', convenor.page.text)
    await convenor.post(f"{path}/attendance", seen=seen, came=[house.people["Narvkom"]])
    assert "En person är antecknad som på plats." in convenor.text
    await convenor.open(f"{path}/attendance")
    assert ticked(convenor) == {house.people["Narvkom"]}
    for name, said in (
        ("Narvkom", "Det är antecknat att du var med."),
        ("Narvborta", "Det är antecknat att du inte var med."),
        ("Narvtyst", "så det går inte längre att svara"),
        ("Narvkanske", "så det går inte längre att svara"),
    ):
        await browsers[name].open(path)
        assert said in browsers[name].text
        assert "Anteckna vilka som kom" not in browsers[name].text
        assert (await browsers[name].open(f"{path}/attendance")).status_code == 403


async def test_e21_whoever_comes_scans_a_code_and_the_sheet_keeps_it(house: House) -> None:
    await house.hire("spv", "Kodkallar", "Kodkom", "Kodborta", "Kodtidig", roles=("hr-specialist",))
    path = await a_meeting(house, "Kodkallar", title="Kodmöte", roles="hr-specialist", agencies="spv")
    convenor, came = await house.signed_in("Kodkallar"), await house.signed_in("Kodkom")
    early = await house.signed_in("Kodtidig")
    await eventually(lambda: convenor.open(path), until=lambda page: page.text.count("Har inte svarat") == 4)
    await convenor.open(f"{path}/attendance/code")
    assert "<svg" not in convenor.page.text.partition("<main")[2]
    await convenor.post(f"{path}/attendance/code")
    picture = convenor.page.text.partition("<figure")[2].partition("</figure>")[0]
    code = re.findall(r'class="code">(\w{4}) (\w{4})<', convenor.page.text)[0]
    assert "<path" in picture
    here = f"{path}/here?code={''.join(code)}"
    await came.open(path)
    assert "Anteckna att jag är här" not in came.text, "the meeting is in a month"
    await came.open(here)
    await came.post(f"{path}/here", code="".join(code))
    assert (came.page.status_code, "Det är för tidigt" in came.text) == (409, True)
    await _begins(house, path, datetime.now(UTC) + timedelta(minutes=20))
    await early.open(here)
    await early.post(f"{path}/here", code="".join(code))
    assert "Det är antecknat att du var med." in early.text, "also before it begins"
    await _begins(house, path, datetime.now(UTC) - timedelta(minutes=5))
    sheet = await convenor.open(f"{path}/attendance")
    seen = re.findall(r'name="seen" value="([^"]+)"', sheet.text)
    answer = await house.browser().http.get(here, follow_redirects=False)
    assert answer.headers["location"].endswith(f"here%3Fcode%3D{''.join(code)}".replace("here", "/here"))
    for page in path, "/":
        await came.open(page)
        assert f'href="{path}/here"' in came.page.text, page
    assert f'action="{path}/answer"' not in came.page.text, "it has begun, so nothing is to be answered"
    await came.open(f"{path}/here")
    await came.post(f"{path}/here", code="AAAA BBBB")
    assert (came.page.status_code, "Koden stämmer inte" in came.text) == (422, True)
    await came.open(here)
    assert f'value="{"".join(code)}"' in came.page.text
    await came.post(f"{path}/here", code=" ".join(code).lower())
    assert "Det är antecknat att du var med." in came.text
    await convenor.post(f"{path}/attendance", seen=seen, came=[house.people["Kodborta"]])
    await convenor.open(f"{path}/attendance")
    all_there = {house.people[name] for name in ("Kodkom", "Kodborta", "Kodtidig")}
    assert ticked(convenor) == all_there, "who scanned while the sheet lay open is kept"
    unticked = {"ticked": list(all_there), "came": [house.people["Kodborta"]]}
    await convenor.post(f"{path}/attendance", seen=seen, **unticked)
    await convenor.open(f"{path}/attendance")
    assert ticked(convenor) == {house.people["Kodborta"]}, "and the convenor may untick it"


async def _begins(house: House, path: str, starts: datetime) -> None:
    times = {"$set": {"starts_at": starts, "ends_at": starts + timedelta(hours=2)}}
    meeting = {"_id": path.rpartition("/")[2]}
    assert (await house.others["events"].mongo.db.meetings.update_one(meeting, times)).modified_count


def ticked(browser: Browser) -> set[str]:
    return set(re.findall(r'name="came" value="([^"]+)" checked', browser.page.text))


async def test_a_meeting_is_handed_over_to_a_colleague_who_is_told(house: House) -> None:
    await house.hire("spv", "Lamnar", "Tarover", "Annankollega", roles=("kommunikator",))
    path = await a_meeting(house, "Lamnar", title="Överlämnat möte", roles="kommunikator", agencies="spv")
    giver, taker = await house.signed_in("Lamnar"), await house.signed_in("Tarover")
    await giver.open(path)
    assert f'href="{path}/convenor"' in giver.page.text
    await giver.open(f"{path}/convenor")
    assert "Tarover" in giver.text
    assert "Annankollega" in giver.text
    assert house.people["Lamnar"] not in giver.page.text.partition("<fieldset")[2]
    await giver.open(f"{path}/convenor", q="tarover")
    assert "Annankollega" not in giver.text
    assert (await giver.post(f"{path}/convenor", q="tarover")).status_code == 422
    assert "Välj vem som tar över." in giver.text
    wrong = await giver.post(f"{path}/convenor", to=house.people["Granne"])
    assert (wrong.status_code, "Välj någon som arbetar på myndigheten." in giver.text) == (422, True), (
        "at another agency"
    )
    await giver.open(f"{path}/convenor")
    await giver.post(f"{path}/convenor", to=house.people["Tarover"])
    assert giver.page.url.path == path
    assert f'href="{path}/convenor"' not in giver.page.text
    assert await house.link_in("Tarover", "events.convenor", "meetings") == path
    await taker.open(path)
    assert f'href="{path}/convenor"' in taker.page.text
    assert (await giver.open(f"{path}/convenor")).status_code == 403


async def test_a_meeting_is_changed_and_those_invited_are_told(house: House) -> None:
    await house.hire("spv", "Andrar", "Andras", roles=("informationssakerhetssamordnare",))
    path = await a_meeting(
        house,
        "Andrar",
        title="Flyttas",
        roles="informationssakerhetssamordnare",
        agencies="spv",
        capacity="5",
    )
    convenor, guest = await house.signed_in("Andrar"), await house.signed_in("Andras")
    await eventually(lambda: convenor.open(path), until=lambda page: page.text.count("Har inte svarat") == 2)
    await guest.open(path)
    assert "Ändra mötet" not in guest.text
    assert (await guest.open(f"{path}/change")).status_code == 403
    await guest.open(path)
    await guest.post(f"{path}/answer", answer="accepted")
    await convenor.open(path)
    assert "Ändra mötet" in convenor.text
    await convenor.open(f"{path}/change")
    as_it_is = fields(convenor)
    assert (as_it_is["title"], as_it_is["day"], as_it_is["starts"]) == ("Flyttas", DAY, "09:00")
    assert "Vilka roller är det till för?" not in convenor.text, "its list is frozen"
    assert (await convenor.post(f"{path}/change", **as_it_is)).url.path == path
    wrong = await convenor.post(f"{path}/change", **{**as_it_is, "ends": "08:00", "title": ""})
    assert (wrong.status_code, "2 saker behöver rättas" in convenor.text) == (422, True)
    moved = {**as_it_is, "starts": "13:00", "ends": "14:30", "place": "Sal Ångström"}
    assert (await convenor.post(f"{path}/change", **moved)).url.path == path
    assert "Sal Ångström" in convenor.text
    assert "kl. 13.00" in convenor.text
    mail = await house.mail_to("Andras", "events.changed")
    assert "Flyttas" in mail["Subject"]
    late = await convenor.post(f"{path}/change", **{**as_it_is, "place": "Någon annanstans"})
    assert late.status_code == 422
    assert "Någon annan hann spara en ändring före dig" in convenor.text
    again = fields(convenor)
    assert again["place"] == "Någon annanstans", "what was written is kept"
    await convenor.post(f"{path}/change", **again)
    assert "Någon annanstans" in convenor.text


async def test_e19_a_meeting_like_another_has_all_but_its_day(house: House) -> None:
    """Reminders and kinds of words that the form does not ask among them, and days that it spans."""
    await house.hire("spv", "Upprepar", roles=("administrator",))
    browser = await house.signed_in("Upprepar")
    headers = signed_in(house.people["Upprepar"], "spv")
    starts = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=40)
    body = {
        "title": "Två dagar i Härnösand", "starts_at": starts.isoformat(), "place": "Härnösand",
        "ends_at": (starts + timedelta(days=1, hours=6)).isoformat(), "kind": "other", "follow_up": False,
        "audience": {"roles": ["administrator"], "specialties": ["diarieföring"]},
        "reminders": [{"days_before": 3, "at": "08:30"}],
    }  # fmt: skip
    events = house.others["events"].http
    first = (await events.post("/events/v1/meetings", json=body, headers=headers)).json()
    await browser.open(f"/meetings/{first['id']}")
    await browser.open("/new-meeting", like=first["id"])
    form = fields(browser)
    assert (form["title"], form["day"], form["last_day"]) == ("Två dagar i Härnösand", "", "")
    days = {"day": DAY, "last_day": (date.fromisoformat(DAY) + timedelta(days=1)).isoformat()}
    await browser.post(f"/new-meeting?like={first['id']}", **{**form, **days, "title": "Två dagar i vår"})
    new = browser.page.url.path.rpartition("/")[2]
    made = (await events.get(f"/events/v1/meetings/{new}", headers=headers)).json()
    assert made["title"] == "Två dagar i vår"
    assert made["ends_at"][:10] == days["last_day"]
    for name in ("kind", "place", "audience", "reminders", "follow_up"):
        assert made[name] == first[name]
    assert (await browser.open("/new-meeting", like="../people")).status_code == 400


def fields(browser: Browser) -> dict[str, Any]:
    """What the form of a meeting would send as it stands."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", browser.page.text.partition('<form method="post" action="/')[2]):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        ticked = attributes.get("type") != "checkbox" or " checked" in tag
        if ticked and (name := attributes.get("name")) and name != "csrf":
            found.setdefault(name, []).append(unescape(attributes["value"]))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}

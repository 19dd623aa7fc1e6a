"""Meetings from the page: called by rule, answered, the line, the calendar (E1, E4, E13, E20)."""

import re
from datetime import UTC, datetime, timedelta

from tests.harness import eventually
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
    assert "En av dem som visas här är antecknad som närvarande." in convenor.text
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


def ticked(browser: Browser) -> set[str]:
    return set(re.findall(r'name="came" value="([^"]+)" checked', browser.page.text))

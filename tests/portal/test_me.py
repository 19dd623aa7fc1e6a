"""What people say of themselves, who sees it, their groups and their mail (D5, D12, D16, D23, N9, N10)."""

import re
from datetime import datetime, timedelta

from services.portal.web.speech import HOME
from shared.contracts.staff import StaffRole
from tests.harness import eventually, signed_in
from tests.portal.house import URL, Browser, House


async def test_what_i_say_of_myself_is_shown_to_those_i_choose(house: House) -> None:
    await house.hire("csn", "Blyg")
    me, other = await house.signed_in("Blyg"), await house.signed_in("Ensam")
    await me.open("/me")
    form = {
        "edition": me.edition, "phone": "070-174 06 05", "ask_me_about": "e-faktura\nklarspråk",
        "language": "sv", "since": "", "until": "", "working_days": ["MO", "TU"], "see_phone": "own_agency",
        **{f"see_{name}": "network" for name in ("email", "title", "unit", "place", "working_days", "absence")},
    }  # fmt: skip
    await me.post("/me", **form)
    assert "Sparat." in me.text
    await other.open(f"/people/{house.people['Blyg']}")
    assert "klarspråk" in other.text
    assert "070-174 06 05" not in other.text
    await me.open("/me")
    assert "070-174 06 05" in me.page.text


async def test_a_form_of_one_field_drops_nothing_else(house: House) -> None:
    await house.hire("csn", "Spara", "Vikarie")
    browser, me, cover = await house.signed_in("Spara"), house.people["Spara"], house.people["Vikarie"]
    path = f"/directory/v1/people/{me}"
    headers = signed_in(me, "csn")
    today = datetime.now(HOME).date()
    said = {
        "phone": "060-1",
        "ask_me_about": ["klarspråk"],
        "absence": {"since": str(today), "until": str(today), "covered_by": cover},
        "visibility": {"title": "own_agency"},
    }
    await house.directory.http.patch(path, json=said, headers=headers)
    await browser.open("/me")
    await browser.post("/me", edition=browser.edition, since=str(today), until=str(today + timedelta(days=3)))
    kept = (await house.directory.http.get(path, headers=headers)).json()
    assert (kept["phone"], kept["ask_me_about"], kept["language"]) == ("060-1", ["klarspråk"], "sv")
    assert kept["absence"]["covered_by"] == cover
    assert kept["visibility"]["title"] == "own_agency"
    other = await house.signed_in("Ensam")
    await other.open(f"/people/{me}")
    assert "Ersätts av" in other.text
    assert f'href="/people/{cover}"' in other.page.text


async def test_ended_and_coming_roles_are_on_no_page(house: House) -> None:
    today = datetime.now(HOME).date()
    roles = (
        StaffRole(name="jurist", until=today - timedelta(days=1)),
        StaffRole(name="ekonom"),
        StaffRole(name="upphandlare", since=today + timedelta(days=1)),
    )
    await house.hire("csn", "Skiftande", roles=roles, title="")
    browser = await house.signed_in("Skiftande")
    for path in ("/me", f"/people/{house.people['Skiftande']}"):
        await browser.open(path)
        assert "Ekonom" in browser.text
        assert "Jurist" not in browser.text
        assert "Upphandlare" not in browser.text


async def test_an_absence_that_ends_before_it_begins_is_said_beside_its_field(house: House) -> None:
    browser = await house.signed_in("Granne")
    await browser.open("/me")
    answer = await browser.post(
        "/me",
        edition=browser.edition,
        phone="växeln",
        language="sv",
        since="2027-02-02",
        until="2027-01-01",
    )
    assert answer.status_code == 422
    assert answer.text.index('href="#phone"') < answer.text.index('href="#until"'), "all of it, in order"
    assert 'value="2027-02-02"' in answer.text


async def test_a_page_that_somebody_else_has_overtaken_loses_nothing(house: House) -> None:
    browser = await house.signed_in("Granne")
    await browser.open("/me")
    answer = await browser.post("/me", edition='"0"', phone="060-11 22 33", language="sv")
    assert answer.status_code == 422
    assert "En sak behöver rättas" in browser.text
    assert "Någon annan hann spara en ändring före dig" in browser.text
    assert 'value="060-11 22 33"' in answer.text
    await browser.post("/me", edition=browser.edition, phone="060-11 22 33", language="sv")
    assert "Sparat." in browser.text
    await browser.post("/me", edition=browser.edition, phone="", language="sv")


async def test_mail_is_switched_off_but_not_the_mail_that_must_come(house: House) -> None:
    browser = await house.signed_in("Granne")
    await browser.open("/me/mail")
    await browser.post("/me/mail", edition=browser.edition, kinds=["events.invited"])
    assert "Sparat." in browser.text
    assert 'value="events.invited" checked' in browser.page.text
    assert 'value="courses.recommended">' in browser.page.text
    assert 'value="events.cancelled" checked disabled' in browser.page.text


async def test_anybody_starts_a_group_in_one_step_and_others_join(house: House) -> None:
    owner, other = await house.signed_in("Granne"), await house.signed_in("Ensam")
    await owner.open("/groups")
    await owner.post("/groups", name="", purpose="Vi provar")
    assert "Skriv vad gruppen heter." in owner.text
    assert 'value="Vi provar"' in owner.page.text
    await owner.post("/groups", name="Stickning", purpose="Vi stickar")
    path = owner.page.url.path
    await other.open(path)
    await other.post(f"{path}/membership", move="join")
    assert "2 medlemmar" in other.text

    async def look() -> str:
        await other.open("/")
        return other.text

    await eventually(look, until=lambda text: "Stickning" in text)
    await owner.open(path)
    await owner.post(f"{path}/membership", move="leave", sure="yes")
    assert "Lämna över den" in owner.text, "a group always has an owner"


async def test_you_are_not_alone_says_whom_to_call_and_why(house: House) -> None:
    """D18."""
    browser = await house.signed_in("Ensam")

    async def look() -> int:
        return (await browser.open(f"/people/{house.people['Ensam']}/alone")).status_code

    await eventually(look, until=lambda status: status == 200)
    assert "Granne" in browser.text
    assert "Samma roll" in browser.text


async def test_my_calendar_has_an_address_that_is_shown_once_and_can_be_renewed_and_taken_away(
    house: House,
) -> None:
    """E16."""
    browser = await house.signed_in("Granne")
    await browser.open("/me/calendar")
    await browser.post("/me/calendar")
    assert "Prenumerera från webben" in browser.text
    first = address(browser)
    stranger = house.browser()
    feed = await stranger.open(first)
    assert feed.headers["content-type"].startswith("text/calendar")
    assert feed.text.startswith("BEGIN:VCALENDAR")
    await browser.open("/me/calendar")
    assert "/calendars/" not in browser.page.text, "it is kept nowhere"
    await browser.post("/me/calendar", sure="yes")
    second = address(browser)
    assert (await stranger.open(first)).status_code == 404, "the old one stops working"
    assert (await stranger.open(second)).status_code == 200
    await browser.post("/me/calendar/removal", sure="yes")
    assert (await stranger.open(second)).status_code == 404
    assert "Skapa en adress" in browser.text


def address(browser: Browser) -> str:
    """The path of the calendar's address that the page shows."""
    (found,) = re.findall(rf"{URL}(/calendars/[\w-]+/meetings\.ics)", browser.page.text)
    return found

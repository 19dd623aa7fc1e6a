"""What people come to do, in a real browser, with scripts and without (P2, E15, E2, C4, N8, D7, D3, D8, P5, P6)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from oidc_provider_mock import User

from tests.harness import eventually, mailbox
from tests.portal.chromium import Chromium, Window
from tests.portal.house import House
from tests.portal.office import SECRET, a_coordinator, a_correction, a_refused_record
from tests.portal.provider import at_its_own
from tests.portal.states import still_right
from tests.portal.test_courses import a_course
from tests.portal.test_links import a_meeting

pytestmark = [pytest.mark.ci, pytest.mark.timeout(120)]


@dataclass
class Stage:
    """The browser with scripts or without, and names that only this run has."""

    chromium: Chromium
    house: House
    scripts: bool

    async def hire(self, agency: str, *names: str, **more: object) -> list[str]:
        """Their names, as this run has them."""
        own = [f"{name}{'js' if self.scripts else 'utan'}" for name in names]
        await self.house.hire(agency, *own, **more)
        return own

    @asynccontextmanager
    async def somebody(self, signed_in: str = "") -> AsyncIterator[Window]:
        async with self.chromium.window(scripts=self.scripts) as window:
            if signed_in:
                await window.sign_in(signed_in)
            yield window


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def stage(request: pytest.FixtureRequest, chromium: Chromium, house: House) -> Stage:
    return Stage(chromium, house, request.param)


async def test_two_answer_from_the_mail_and_the_line_moves_when_one_gives_up_the_place(stage: Stage) -> None:
    """E15, E2: nobody signs in, and the one who moves up hears of it by mail."""
    role = "jurist" if stage.scripts else "dataskyddsombud"
    [convenor] = await stage.hire("csn", "Kallar", roles=("utbildningsledare",))
    first, second = await stage.hire("spv", "Forst", "Sedan", roles=(role,))
    await a_meeting(stage.house, convenor, title="En plats", roles=role, capacity="1")
    links = {name: await stage.house.link_in(name, "events.invited", "answers") for name in (first, second)}
    async with stage.somebody() as window:
        await window.open(links[first])
        await window.press("Ja, jag kommer")
        await window.sees("Du kommer")
        await window.open(links[second])
        await window.sees("Mötet är fullt")
        await window.press("Ja, jag kommer")
        await window.sees("nummer 1 i kön")
        await window.open(links[first])
        await window.press("Nej")
        await window.sees("Du kommer inte")
        await window.comes_to_see(links[second], "Du kommer")
        given = await stage.house.link_in(second, "events.place_given", "answers")
        await window.open(given)
        await window.sees("Du kommer")


async def test_a_seat_is_refused_with_the_reason_and_taken_where_it_fits(stage: Stage) -> None:
    """C1, C4."""
    [name] = await stage.hire("csn", "Kursar", roles=("utredare",))
    closed = await a_course(stage.house, {"min_months": 600, "max_months": None})
    fitting = await a_course(stage.house, {}, quotas={"csn": 1, "spv": 1})
    async with stage.somebody(name) as window:
        await window.open(closed)
        await window.sees("Varför du inte kan få en plats just nu")
        await window.sees("Vad som skulle ändra det")
        assert "Ta en plats" not in await window.text()
        await window.open(fitting)
        await window.press("Ta en plats")
        await window.sees("Du har plats")
    mail = await stage.house.mail_to(name, "courses.seat_confirmed")
    assert (
        fitting in mail.as_string()
        or await stage.house.link_in(name, "courses.seat_confirmed", "courses") == fitting
    )


async def test_mails_of_a_kind_are_ended_from_the_mail_and_wanted_again(stage: Stage) -> None:
    """N8."""
    [name] = await stage.hire("csn", "Slipper", roles=("it-arkitekt",))
    await a_meeting(stage.house, name, title="Arkitektur", roles="it-arkitekt", agencies="csn")
    link = await stage.house.link_in(name, "events.invited", "unsubscribe")
    async with stage.somebody() as window:
        await window.open(link)
        await window.press("Skicka inga fler sådana")
        await window.sees("Du får inga fler sådana")
        await window.page.click("text=English")
        await window.sees("You won't get any more of these")
        await window.press("I want them after all")
        await window.sees("No more of these emails?")


async def test_a_profile_is_said_to_be_still_right(stage: Stage) -> None:
    """D7."""
    [name] = await stage.hire("csn", "Intygar")
    link = await still_right(stage.house, name)
    async with stage.somebody() as window:
        await window.open(link)
        await window.sees("Stämmer det här fortfarande?")
        await window.press("Ja, allt stämmer")
        await window.sees("Tack, då vet vi")


async def test_one_signs_in_at_ones_own_agency_and_out_again(stage: Stage) -> None:
    """P5: by OpenID Connect; the agency's page is another site."""
    [name] = await stage.hire("spv", "Egen")
    email = mailbox(name, "spv.example")
    user = User(sub=name, claims={"email": email, "email_verified": True})
    with at_its_own(stage.house, "spv", user, at=stage.chromium.at):
        async with stage.somebody() as window:
            await window.open("/people")
            await window.page.fill("#email", email)
            await window.press("Fortsätt")
            await window.page.get_by_role("button", name=name).first.click()
            await window.page.wait_for_url("**/people")
            await window.page.get_by_role("button", name="Logga ut").click()
            await window.page.wait_for_url("**/sign-in")


async def test_a_coordinator_maps_a_word_decides_on_a_correction_and_sees_why_a_record_was_refused(
    stage: Stage,
) -> None:
    """D3, D8, P6: from what waits on the overview, and back to find it done."""
    await a_coordinator(stage.house)
    word = "Besvärjare" if stage.scripts else "Siare"
    [about] = await stage.hire("csn", "Felskriven", title=word)
    await a_correction(stage.house, about, "Ensam", field="title", value="Utredare")
    refused = f"avvisad-{about}"
    await a_refused_record(stage.house, refused)
    async with stage.somebody("Samordnar") as window:
        await window.page.click("nav >> text=Min myndighet")
        await window.sees("Poster kommer in")
        await window.page.locator("main").get_by_role("link", name="ord att tolka").first.click()
        await window.page.get_by_label(f"Vad ”{word}” betyder").select_option(label="Utredare")
        await window.press("Spara det jag har valt")
        await window.sees("Ordet är tolkat")
        await window.open("/agency")
        await window.page.locator("main").get_by_role("link", name="att avgöra").click()
        mine = window.page.locator("li.item", has_text=about)
        await mine.get_by_label("Ditt svar").fill("Tack, det stämmer.")
        await mine.get_by_role("button", name="Godta").click()
        await window.sees("Godtagen")
        await window.page.locator("nav.subnav").get_by_role("link", name="Avvisade poster").click()
        row = window.page.locator("tr", has_text=refused)
        assert "employed_from är inget datum" in await row.inner_text()
        assert SECRET not in await window.text()
    found = await stage.house.directory.person(stage.house.people[about])
    assert found["title"] == "Utredare"
    await eventually(
        lambda: stage.house.directory.names(role="utredare", q=about), until=lambda names: names == [about]
    )

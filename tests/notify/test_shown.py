"""Mails as a mail program shows them: narrow and wide, light and dark."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from services.notify.mail.examples import AGENCIES_SV, EXAMPLES, SUBJECT
from services.notify.mail.links import Links
from services.notify.mail.templates import LANGUAGES, render
from services.portal.app import SPEC as PORTAL
from shared.contracts.notify import KINDS
from shared.contracts.types import Contract
from shared.service import Service
from shared.settings import ServiceSettings
from shared.web.policy import routes
from tests.notify.test_mails import EVERY, Tags
from tests.portal.chromium import FLAGS, chromium

NATVERKET = "https://natverket.example"
LONG = "Upphandlingsmyndighetsgemensamhetsanläggningsförvaltningsdirektoratsmöte"
# What a button looks like beside what it stands on, as (r, g, b).
_BUTTONS = """() => [...document.querySelectorAll('td.button')].map(cell => [
  getComputedStyle(cell).backgroundColor,
  getComputedStyle(cell.querySelector('a')).color,
  getComputedStyle(cell.closest('.card')).backgroundColor,
].map(colour => colour.match(/[0-9]+/g).slice(0, 3).map(Number)))"""


def in_long_words(data: Contract) -> Contract:
    """Every text that people type in one word of 72 letters."""
    typed = {
        "title",
        "place",
        "convenor_name",
        "name",
        "group_name",
        "topic",
        "left_name",
        "title_sv",
        "title_en",
    }
    return data.model_copy(
        update={name: LONG for name, value in data if name in typed and isinstance(value, str)}
    )


def contrast(one: list[int], other: list[int]) -> float:
    """WCAG 2.1, relative luminance."""

    def luminance(colour: list[int]) -> float:
        linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.ci
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_mail_fits_a_narrow_screen_and_keeps_its_button_in_the_dark(scheme: Any) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 320, "height": 900}, color_scheme=scheme)
            for kind, language in EVERY:
                await _looks_right(page, kind, language)
        finally:
            await browser.close()


async def _looks_right(page: Page, kind: str, language: Any) -> None:
    links = Links(NATVERKET, kind, SUBJECT)
    mail = render(kind, language, in_long_words(EXAMPLES[kind]), AGENCIES_SV, links)
    await page.set_content(mail.html)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320, (kind, language)
    for button, words, card in await page.evaluate(_BUTTONS):
        assert contrast(button, words) >= 4.5, (kind, "can be read")
        assert contrast(button, card) >= 3, (kind, "can be seen")


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_link_of_a_mail_leads_to_a_page_of_the_portal(kind: str, language: Any) -> None:
    pages = [
        route.path_regex for route in routes(Service(PORTAL, ServiceSettings()).app) if "GET" in route.methods
    ]
    mail = render(kind, language, EXAMPLES[kind], AGENCIES_SV, Links(NATVERKET, kind, SUBJECT))
    for tag, attributes in Tags(mail.html).found:
        address = attributes.get("href") or ""
        if tag == "a" and address.startswith(NATVERKET):
            path = address.removeprefix(NATVERKET)
            assert any(page.match(path) for page in pages), path


NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("changes", "asks", "said"),
    [
        ({}, True, {}),
        (
            {"opens_at": NOW + timedelta(hours=9)},
            False,
            {"sv": "onsdag 25 november 2026 kl. 10.00", "en": "Wednesday 25 November 2026, 10:00"},
        ),
        ({"closes_at": NOW}, False, {"sv": "Svarstiden gick ut", "en": "Answers closed"}),
        ({"closes_at": NOW + timedelta(days=2)}, True, {"sv": "Svara senast", "en": "Answer by"}),
    ],
)
def test_an_answer_is_asked_for_by_a_link_while_one_is_taken(
    language: Any, changes: dict[str, Any], asks: bool, said: dict[str, str]
) -> None:
    notice = EXAMPLES["events.invited"].model_copy(update=changes)
    links = Links(NATVERKET, "events.invited", SUBJECT)
    mail = render("events.invited", language, notice, AGENCIES_SV, links, NOW)
    for text in (mail.text, mail.calendar):
        plain = " ".join(text.replace("\u00a0", " ").split())
        assert ("ja, kanske eller nej" in plain or "yes, maybe or no" in plain) == asks
        assert said.get(language, "") in plain
        assert links.answer in plain


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(kind for kind in KINDS if kind.startswith("events.")))
def test_no_mail_asks_for_an_answer_in_the_calendar(kind: str, language: Any) -> None:
    mail = render(kind, language, EXAMPLES[kind], AGENCIES_SV, Links(NATVERKET, kind, SUBJECT), NOW)
    for text in (mail.text, mail.calendar):
        plain = " ".join(text.split())
        for promise in ("svar i kalendern", "i din kalender", "answer in the calendar", "in your calendar"):
            rest = plain.replace("ett svar i kalendern når oss inte", "")
            rest = rest.replace("an answer in your calendar does not reach us", "")
            assert promise not in rest


@pytest.mark.parametrize(("language", "video"), [("sv", "Videomöte"), ("en", "Video meeting")])
def test_a_calendar_says_what_the_mail_says_then_the_video_link_then_how_to_answer(
    language: Any, video: str
) -> None:
    """Evolution, KMail and Claws show the calendar part instead of the mail (d7)."""
    links = Links(NATVERKET, "events.place_confirmed", SUBJECT)
    mail = render("events.place_confirmed", language, EXAMPLES["events.place_confirmed"], AGENCIES_SV, links)
    first = next(line for line in mail.text.splitlines() if line.startswith(("Tack", "Thank")))
    found = [mail.calendar.index(part) for part in (first, f"{video}: https://moten.example/", links.answer)]
    assert found[0] == 0
    assert found == sorted(found)

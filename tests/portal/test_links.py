"""Acting from a mail without signing in: answer, unsubscribe, still right (E15, N8, D7)."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from services.directory.upkeep.handlers import upkeep
from tests.harness import eventually
from tests.portal.house import URL, House

DAY = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
WRONG = "x" * 43


async def a_meeting(house: House, convenor: str, **fields: str) -> str:
    """Called by rule and invited to; its path."""
    browser = await house.signed_in(convenor)
    await browser.open("/new-meeting")
    await browser.post("/new-meeting", day=DAY, starts="09:00", ends="11:00", **fields)
    path = browser.page.url.path
    await browser.post(f"{path}/invitations")
    return path


async def test_an_answer_from_the_mail_needs_no_signing_in_and_a_look_answers_for_nobody(
    house: House,
) -> None:
    """E15."""
    await house.hire("spv", "Postkalle", "Postkaj", "Postklas", roles=("registrator",))
    await a_meeting(house, "Postkalle", title="Diariet tillsammans", roles="registrator", capacity="1")
    first = house.browser("en")
    link = await house.link_in("Postkaj", "events.invited", "answers")
    for _ in range(3):
        await first.open(link)
        assert "Diariet tillsammans" in first.text
        assert "Du har inte svarat än" in first.text, (
            "in the language of the mail, and nothing has been answered"
        )
    assert "Postkaj" not in first.page.text, "no more than the mail told"
    assert "Postkalle" not in first.page.text
    answer = await first.post(link, answer="accepted")
    assert answer.status_code == 200
    assert "Du kommer" in first.text
    assert "Tack, vi har antecknat ditt svar" in first.text
    second = house.browser()
    other = await house.link_in("Postklas", "events.invited", "answers")
    await second.open(other)
    assert "Mötet är fullt" in second.text
    await second.post(other, answer="accepted")
    assert "På väntelistan, nummer 1 i kön" in second.text
    await first.post(link, answer="declined")
    await eventually(lambda: _text(second, other), until=lambda text: "Du kommer" in text)
    assert (await second.post(other, answer="perhaps")).status_code == 400
    assert (await second.open("/me")).url.path == "/sign-in", "a link signs nobody in"


async def _text(browser: object, path: str) -> str:
    await browser.open(path)  # pyright: ignore[reportAttributeAccessIssue]
    return browser.text  # pyright: ignore[reportAttributeAccessIssue]


async def test_one_click_and_the_page_end_mails_of_a_kind_n8(house: House) -> None:
    """RFC 8058: a mail program posts from nowhere, without cookies, and is led nowhere."""
    await house.hire("spv", "Klickar", roles=("kommunikator",))
    await a_meeting(house, "Klickar", title="Kommunikatörer", roles="kommunikator")
    link = await house.link_in("Klickar", "events.invited", "unsubscribe")
    mail = await house.mail_to("Klickar", "events.invited")
    assert mail["List-Unsubscribe"] == f"<{URL}{link}>"
    browser = house.browser()
    await browser.open(link)
    assert "Inga fler sådana mejl?" in browser.text
    assert "Du är inbjuden" in browser.text, "which kind it is about"
    for body in ({"data": {"List-Unsubscribe": "One-Click"}}, {"files": {"List-Unsubscribe": b"One-Click"}}):
        clicked = await browser.http.post(link, headers={"Sec-Fetch-Site": "cross-site"}, **body)  # pyright: ignore[reportArgumentType]
        assert clicked.status_code == 200
    assert "Du får inga fler sådana" in clicked.text  # pyright: ignore[reportPossiblyUnboundVariable]
    await browser.open(link)
    assert "Du får inga fler sådana" in browser.text
    await browser.post(f"{link}/return")
    assert "Inga fler sådana mejl?" in browser.text


async def test_still_right_is_pressed_once_and_the_page_shows_what_the_mail_told_d7(house: House) -> None:
    await house.hire("spv", "Stammer", phone="+46 60 18 40 77", language="en")
    me = house.people["Stammer"]
    await house.directory.db.confirmations.update_one(
        {"_id": me}, {"$set": {"due_at": datetime.now(UTC) - timedelta(days=1)}}, upsert=True
    )
    mongo = house.directory.running.mongo
    await mongo.transact(lambda tx: upkeep.ask_whether_right(tx, me, datetime.now(UTC)))
    link = await house.link_in("Stammer", "directory.still_right", "confirmations")
    browser = house.browser("sv")
    await browser.open(link)
    assert "Is this still right?" in browser.text
    assert "+46 60 18 40 77" in browser.text
    await browser.post(link)
    assert browser.page.url.path == link
    assert "Thank you, good to know" in browser.text
    assert "+46 60 18 40 77" not in browser.text, "used up, it shows nothing"
    await house.directory.db.confirmations.update_one(
        {"_id": me}, {"$set": {"expires_at": datetime.now(UTC) - timedelta(days=1)}}
    )
    assert (await browser.open(link)).status_code == 410
    assert re.search(r'href="/sign-in\?onward=/me"', browser.page.text), "an expired link offers a new one"


@pytest.mark.parametrize("page", ["answers", "unsubscribe", "confirmations"])
async def test_a_forged_link_is_a_plain_page_that_offers_a_real_one(house: House, page: str) -> None:
    browser = house.browser()
    for answer in (
        await browser.open(f"/{page}/{WRONG}"),
        await browser.post(f"/{page}/{WRONG}", answer="accepted"),
    ):
        assert answer.status_code == 404
        assert "Länken gäller inte längre" in browser.text
        assert "/sign-in?onward=/" in answer.text
    assert (await browser.open(f"/{page}/short")).status_code == 404
    assert "Sidan finns inte" in browser.text

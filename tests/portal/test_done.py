"""Every act is confirmed on the next page, and what can't be undone is asked first (P10)."""

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import get_args

import pytest

from services.portal.api import ROUTERS
from services.portal.web.done import SAID, Done
from services.portal.web.words import FOLDER, load
from tests.portal.house import Browser, House
from tests.portal.test_courses import a_course

API = FOLDER.parent / "api"
# Acts whose own page says what was done, or that change nothing; each with the reason.
SAYS_SO_ITSELF = {
    "answer_question": "by _after",
    "ask": "me_held_answers.html has a status",
    "ask_for_link": "the page that answers says where the mail went",
    "confirm": "confirmation.html has a status",
    "erase": "agency_erasure_state.html has a status",
    "new_key": "the key is shown there, as a status",
    "map_words": "says how many",
    "map_own_word": "says how many",
    "preview": "changes nothing",
    "preview_change": "changes nothing",
    "propose_correction": "says who decides",
    "renew": "the address is shown there, as a status",
    "try_erasure": "changes nothing: says what would go",
    "try_again": "says where the next mail goes",
    "unsubscribe": "unsubscribe.html has a status",
}


def posts() -> Iterator[tuple[Path, ast.AsyncFunctionDef, str]]:
    """Every handler of a POST, with the text of it and of the functions of its module that it calls."""
    for path in sorted(API.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {
            node.name: node for node in tree.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
        }
        for node in functions.values():
            if isinstance(node, ast.AsyncFunctionDef) and any(
                "router.post" in ast.unparse(decorator) for decorator in node.decorator_list
            ):
                called = [name for name in functions if f"{name}(" in ast.unparse(node) and name != node.name]
                yield path, node, "\n".join(ast.unparse(functions[name]) for name in (node.name, *called))


def test_every_act_of_the_portal_ends_in_a_confirmation() -> None:
    found = list(posts())
    wanted = sum("POST" in (route.methods or ()) for router in ROUTERS for route in router.routes)  # type: ignore[attr-defined]
    assert len(found) == wanted
    silent = [node.name for _, node, text in found if ".go(" not in text and node.name not in SAYS_SO_ITSELF]
    assert not silent


def test_every_confirmation_is_used_and_said_in_swedish() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in API.rglob("*.py"))
    assert not [code for code in get_args(Done) if f'"{code}"' not in text]
    assert set(SAID) == set(get_args(Done))
    swedish = load()["sv"]
    assert all(swedish.gettext(words) != words for words in SAID.values())


def status(browser: Browser) -> str:
    found = re.findall(r'<p class="done" role="status"[^>]*>([^<]*)</p>', browser.page.text)
    return unescape(" ".join(found))


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_acts_are_confirmed_once_and_asked_first(house: House, language: str) -> None:
    words = load()[language]

    def said(code: Done) -> str:
        return words.gettext(SAID[code])

    browser = await house.signed_in("Granne", language)
    assert status(browser) == said("signed_in")
    await browser.open("/groups")
    await browser.post("/groups", name=f"Bekräftad {language}", purpose="")
    assert status(browser) == said("group_started")
    await browser.open(browser.page.url.path)
    assert status(browser) == "", "not again on the next page"
    other = await house.signed_in("Ensam", language)
    path = browser.page.url.path
    await other.open(path)
    for move, done in ("join", "group_joined"), ("leave", "group_left"):
        await other.post(f"{path}/membership", move=move)
        if move == "leave":
            assert "sure" in other.page.text
            assert 'name="move" value="leave"' in other.page.text, "the same form again"
            await other.post(f"{path}/membership", move=move, sure="yes")
        assert status(other) == said(done)
    course = await a_course(house, {}, seats=1)
    for browser_, taken in (browser, "seat_taken"), (other, "seat_waiting"):
        await browser_.open(course)
        [seat] = re.findall(r'action="(/courses/[^"]+/seat)"', browser_.page.text)
        await browser_.post(seat)
        assert status(browser_) == said(taken)
    for browser_ in (other, browser):
        back = seat.removesuffix("seat") + "cancellation"
        await browser_.post(back)
        assert status(browser_) == ""
        await browser_.post(back, sure="yes")
        assert status(browser_) == said("seat_given_back")
    await browser.open("/new-question")
    await browser.post("/new-question", title="Hur?", text="Hur gör ni?", role="jurist")
    assert status(browser) == said("question_asked")
    path = browser.page.url.path
    await browser.post(f"{path}/closure")
    assert f'action="{path}/closure"' in browser.page.text
    await browser.post(f"{path}/closure", sure="yes")
    assert status(browser) == said("question_closed")
    await browser.post("/sign-out")
    assert status(browser) == said("signed_out")

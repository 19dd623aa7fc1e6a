"""Courses from the page: why not, a seat, and giving it back (C1, C4, C14)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.portal.house import House


async def a_course(house: House, tenure: dict[str, int | None], **occasion: Any) -> str:
    token = house.directory.tokens["csn"]
    http = house.others["courses"].http
    course = await http.post(
        "/courses/v1/courses",
        json={"title": "Att jobba i staten", "title_en": "Working in central government", "tenure": tenure},
        headers=token,
    )
    assert course.status_code == 201, course.text
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    body = {"course_id": course.json()["id"], "days": [day], "seats": 2, "place": "Sundsvall", **occasion}
    made = await http.post("/courses/v1/occasions", json=body, headers=token)
    assert made.status_code == 201, made.text
    return f"/courses/{course.json()['id']}"


async def test_a_seat_is_taken_and_given_back(house: House) -> None:
    path = await a_course(house, {}, quotas={"csn": 1, "spv": 1})
    browser = await house.signed_in("Granne")
    await browser.open("/courses")
    assert "Att jobba i staten" in browser.text
    await browser.open(path)
    assert "2 platser kvar av 2" in browser.text
    seat = next(
        part.split('"')[0]
        for part in browser.page.text.split('action="')
        if part.split('"')[0].endswith("/seat")
    )
    await browser.post(seat)
    assert "Du har plats" in browser.text
    await browser.open("/")
    assert "Att jobba i staten" in browser.text
    await browser.open(path)
    back = seat.removesuffix("seat") + "cancellation"
    await browser.post(back)
    assert "Vill du lämna din plats på Att jobba i staten?" in browser.text
    await browser.post(back, sure="yes")
    assert "Du har lämnat din plats." in browser.text
    assert "Ta en plats" in browser.text


async def test_why_not_is_answered_in_plain_words_with_what_would_change_it(house: House) -> None:
    path = await a_course(house, {"min_months": 600, "max_months": None})
    for language, *said in (
        ("sv", "Varför du inte kan få en plats just nu", "Vad som skulle ändra det", "minst 50 år"),
        (
            "en",
            "Why you can't get a seat right now",
            "What would change it",
            "at least 50 years",
            "csn in English",
        ),
    ):
        browser = await house.signed_in("Granne", language)
        await browser.open(path)
        assert not [words for words in said if words not in browser.text]
        assert "/seat" not in browser.page.text

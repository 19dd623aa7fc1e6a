"""Why somebody can't book, over HTTP."""

from datetime import UTC, datetime, timedelta

from tests.courses.conftest import Network, in_days
from tests.harness import a_person


async def test_why_not_is_told_in_the_language_asked_for(network: Network) -> None:
    first, second = a_person("spv"), a_person("spv")
    await network.people(first, second)
    opens = datetime.now(UTC) + timedelta(days=5)
    occasion = await network.occasion(seats=2, quotas={"csn": 1, "spv": 1}, quotas_open_at=opens.isoformat())
    path = f"occasions/{occasion}/eligibility/{second.id}"
    assert (await network.get(path, "spv"))["eligible"] is True
    await network.enrol(occasion, first)
    found = await network.get(path, "spv")
    assert found["eligible"] is False
    assert found["would_get"] == "waiting"
    assert found["reasons"] == [{"code": "quota_used", "text": "Din myndighets 1 plats är tagen."}]
    assert "öppnar de lediga platserna för alla" in found["what_would_change_it"][0]["text"]
    english = await network.get(path, "spv", **{"Accept-Language": "sv;q=0.5, en"})
    assert english["reasons"][0]["text"] == "Your agency's 1 seat is taken."
    await network.enrol(occasion, second)
    assert (await network.get(path, "spv"))["reasons"][0]["text"] == "Du står redan i kön, på plats 1."
    answer = await network.http.get(f"/courses/v1/{path}", headers=network.by("csn"))
    assert answer.status_code == 404


async def test_why_not_is_told_of_all_coming_occasions_of_a_course_at_once(network: Network) -> None:
    first, second = a_person("spv"), a_person("spv")
    await network.people(first, second)
    full = await network.occasion(seats=1)
    course = (await network.get(f"occasions/{full}", "spv"))["course_id"]
    free = await network.occasion(course, seats=1)
    await network.occasion(seats=1)
    await network.enrol(full, first)
    await network.enrol(full, second)
    path = f"courses/{course}/eligibility/{second.id}"
    found = {one["occasion_id"]: one for one in (await network.get(path, "spv"))["items"]}
    assert found.keys() == {full, free}
    for occasion, said in found.items():
        alone = await network.get(f"occasions/{occasion}/eligibility/{second.id}", "spv")
        assert {**alone, "occasion_id": occasion} == said
    assert found[full]["reasons"][0]["code"] == "already_waiting"
    assert [reason["code"] for reason in found[free]["reasons"]] == ["line_elsewhere"]


async def test_who_the_course_is_not_for_is_refused_with_every_reason(network: Network) -> None:
    person = a_person("spv", employed_from=in_days(-4000))
    await network.people(person)
    course = await network.course(tenure={"max_months": 6}, audience={"agencies": ["csn"]})
    occasion = await network.occasion(course)
    body = {"person_id": person.id}
    answer = await network.post(f"occasions/{occasion}/enrolments", body, "spv")
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "Kursen är för den som arbetar vid CSN. Kursen är för den som har varit anställd i högst 6 månader."
    )
    assert await network.states(occasion) == {}

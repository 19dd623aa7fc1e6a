"""O1, P11: people get all that is held on them, and a coordinator has somebody erased, without scripts."""

import json
import re

from shared.contracts.ids import person_id
from tests.harness import eventually
from tests.portal.house import House
from tests.portal.office import a_coordinator
from tests.portal.test_links import a_meeting


async def test_what_every_service_holds_on_me_comes_as_one_file(house: House) -> None:
    await house.hire("csn", "Utdragen", roles=("upphandlare",))
    meeting = await a_meeting(house, "Utdragen", title="Utdragsträff", agencies="csn")
    browser = await house.signed_in("Utdragen")
    await browser.open("/me")
    assert 'href="/me/held"' in browser.page.text
    await browser.open("/me/held")
    await browser.post("/me/held")
    path = browser.page.url.path
    done = await eventually(lambda: browser.open(path), until=lambda page: "Allt är här." in page.text)
    assert re.search(r"Inloggningar: \d", browser.text), done.text
    file = await browser.http.get(f"{path}/my-data.json")
    assert file.status_code == 200
    assert (file.headers["content-disposition"], file.headers["cache-control"]) == (
        'attachment; filename="my-data.json"',
        "no-store",
    )
    told = json.loads(file.content)
    assert set(told["services"]) == {"directory", "events", "courses", "notify", "portal"}
    assert told["missing"] == []
    assert told["services"]["directory"]["people"][0]["family_name"] == "Utdragen"
    convened = [one["_id"] for one in told["services"]["events"]["convened_meetings"]]
    assert convened == [meeting.rpartition("/")[2]]
    await browser.open("/me/held")
    assert path in browser.page.text, "it can be fetched again"
    english = await house.signed_in("Utdragen", "en")
    await english.open(path)
    assert "Everything is here." in english.text
    await house.hire("csn", "Nyfiken")
    nosy = await house.signed_in("Nyfiken")
    for each in (path, f"{path}/my-data.json"):
        assert (await nosy.open(each)).status_code == 404


async def test_a_coordinator_sees_what_would_go_says_yes_and_sees_that_it_is_done(house: House) -> None:
    await house.hire("csn", "Borttagsson", roles=("upphandlare",))
    who = house.people["Borttagsson"]
    await a_meeting(house, "Borttagsson", title="Avsked av Åsa Borttagsson", agencies="csn")
    boss = await a_coordinator(house)
    await boss.open("/agency/erasure", q="Borttagsson")
    assert who in boss.page.text
    await boss.post("/agency/erasure", q="Borttagsson")
    assert "Välj en kollega eller skriv ett anställningsnummer." in boss.text
    await boss.post("/agency/erasure", who=who)
    path = boss.page.url.path
    await eventually(lambda: boss.open(path), until=lambda page: "Möten och kalendrar" in page.text)
    assert "Det som skulle tas bort om Åsa Borttagsson" in boss.text
    assert "blir kvar som en siffra som inte leder till någon" in boss.text
    await boss.post(path)
    assert "Ta bort personen överallt?" in boss.text
    assert (await boss.http.get(f"/people/{who}")).status_code == 200, "asked first"
    await boss.post(path, sure="yes")
    done = boss.page.url.path
    assert done != path
    await eventually(lambda: boss.open(done), until=lambda page: "Klart överallt." in page.text)
    assert "Det togs bort i en av dem." in boss.text
    assert (await boss.open(f"/people/{who}")).status_code == 404
    for one in (*house.others.values(), house.portal):
        assert await one.mongo.db.people.find_one({"_id": who}) is None
    await boss.open("/agency/erasure")
    assert done in boss.page.text


async def test_who_has_left_is_found_by_the_employee_id_and_others_people_are_not(house: House) -> None:
    await house.hire("csn", "Slutat", status="active")
    await house.hire("spv", "Främling")
    boss = await a_coordinator(house)
    await boss.open("/agency/erasure")
    await boss.post("/agency/erasure", employee_id="slutat")
    assert re.fullmatch(r"/agency/erasure/[0-9a-f-]{36}", boss.page.url.path)
    assert person_id("csn", "slutat") == house.people["Slutat"]
    await boss.open("/agency/erasure")
    for form in ({"employee_id": "ingen"}, {"who": house.people["Främling"]}):
        await boss.post("/agency/erasure", **form)
        assert "Ingen på din myndighet hittades." in boss.text

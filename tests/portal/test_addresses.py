"""Who signs in is decided by the person found, at the address that their mail goes to (issue 25, 1.5 to 1.7)."""

from functools import partial
from typing import Any

import pytest
from oidc_provider_mock import User

from services.portal.handlers.signing_in import link_for
from services.portal.rules.signing_in import are_one, network_of
from services.portal.store import people
from shared.auth import digest
from tests.directory.network import staff
from tests.harness import a_person, eventually, mailbox
from tests.portal.house import URL, Browser, House
from tests.portal.provider import answered, at_its_own
from tests.portal.test_oidc import sent_there


async def asked_for(house: House, email: str) -> Browser:
    browser = house.browser()
    await browser.open("/sign-in")
    await browser.post("/sign-in", email=email)
    return browser


async def people_of_newest_link(house: House) -> list[str]:
    found = await house.portal.mongo.db.links.find({"_id": {"$gt": ""}}).sort("created_at", -1).to_list(1)
    return found[0]["people"]


async def test_hiding_ones_address_locks_nobody_out(house: House) -> None:
    await house.hire("csn", "Gömd", "Dold")
    for name, audience in (("Gömd", "nobody"), ("Dold", "own_agency")):
        browser = await house.signed_in(name)
        me = f"/directory/v1/people/{house.people[name]}"
        headers = {"Authorization": f"Bearer {token_of(house, await reader(house, name))}"}
        hidden = await house.directory.http.patch(
            me, json={"visibility": {"email": audience}}, headers=headers
        )
        assert hidden.status_code == 200, hidden.text
        copy = await eventually(partial(reader, house, name), until=lambda one: one.email is None)
        email = mailbox(name)
        assert copy.mail_address == email
        await browser.open("/me")
        await browser.post("/sign-out")
        await asked_for(house, email.upper())
        path = await house.link_to(name)
        await browser.open(path)
        await browser.post(path)
        assert (await browser.open("/me")).url.path == "/me", "in again"
        other = await house.signed_in("Ensam")
        assert email not in (await other.open(f"/people/{house.people[name]}")).text, "shown to nobody"


async def reader(house: House, name: str) -> Any:
    return await people.person(house.portal.mongo.db, house.people[name])


def token_of(house: House, person: Any) -> str:
    state = house.portal.service.app.state
    return state.portal.token_of(person, state.clock())


async def test_a_hidden_address_signs_in_at_the_agency_too(house: House) -> None:
    [hidden] = await house.directory.hire(
        "spv", staff("gomd", family_name="Gömdare", email="gomd@spv.example")
    )
    visibility = {"visibility": {"email": "nobody"}}
    await eventually(lambda: house.portal.mongo.db.people.find_one({"_id": hidden}))
    house.people["Gömdare"] = hidden
    headers = {"Authorization": f"Bearer {token_of(house, await reader(house, 'Gömdare'))}"}
    await house.directory.http.patch(f"/directory/v1/people/{hidden}", json=visibility, headers=headers)
    await eventually(partial(reader, house, "Gömdare"), until=lambda one: one.email is None)
    browser = house.browser()
    with at_its_own(
        house, "spv", User(sub="g", claims={"email": "Gomd@SPV.example", "email_verified": True})
    ):
        await browser.open(await answered(await sent_there(browser, "gomd@spv.example", "/me"), "g"))
    assert browser.page.url.path == "/me"


@pytest.mark.parametrize(
    "written",
    [
        "asta2@ｓpv.example",
        "asta2@sp\u034fv.example",
        "as\u034fta2@spv.example",
        "ASTA2@SPV.example",
        "asta2@spv.example.",
    ],
)
async def test_no_way_of_writing_an_address_goes_past_the_agencys_own_sign_in(
    house: House, written: str
) -> None:
    if "Asta2" not in house.people:
        await house.hire("spv", "Asta2")
    before = await house.portal.mongo.db.links.count_documents({"_id": {"$gt": ""}})
    with at_its_own(house, "spv"):
        browser = await asked_for(house, written)
    assert "Titta i din mejl" not in browser.text
    assert await house.portal.mongo.db.links.count_documents({"_id": {"$gt": ""}}) == before


async def test_tries_are_counted_for_the_mailbox_and_not_for_how_it_is_written(house: House) -> None:
    ways = [
        "raknad@csn.example",
        "Raknad@csn.example",
        "ｒaknad@csn.example",
        "raknad@ｃsn.example",
        "raknad@CSN.example",
        "ｒａknad@csn.example",
    ]
    statuses = [(await asked_for(house, written)).page.status_code for written in ways]
    assert statuses == [200] * 5 + [429]
    await house.portal.mongo.db.tries.delete_many({"_id": {"$gt": ""}})


async def test_another_agency_that_claims_an_address_locks_nobody_out(house: House) -> None:
    await house.hire("csn", "Påhoppad")
    [claiming] = await house.directory.hire(
        "spv", staff("claim", family_name="Påhoppad", email="pahoppad@csn.example")
    )
    await eventually(lambda: house.portal.mongo.db.people.find_one({"_id": claiming}))
    await asked_for(house, "pahoppad@csn.example")
    assert await people_of_newest_link(house) == [house.people["Påhoppad"]]
    await house.link_to("Påhoppad")


async def test_whoever_is_rehired_under_a_new_id_signs_in_to_the_active_record(house: House) -> None:
    gone, back = await house.directory.hire(
        "csn",
        staff("rehired-1", family_name="Åter", email="ater@csn.example"),
        staff("rehired-2", family_name="Åter", email="ater@csn.example"),
    )
    await house.directory.hire(
        "csn", staff("rehired-1", family_name="Åter", email="ater@csn.example", status="left")
    )
    db = house.portal.mongo.db
    await eventually(lambda: db.people.find_one({"_id": gone, "status": "left"}))
    await eventually(lambda: db.people.find_one({"_id": back}))
    await asked_for(house, "ater@csn.example")
    assert await people_of_newest_link(house) == [back]


async def test_whoever_has_two_records_is_asked_which(house: House) -> None:
    same = {"family_name": "Dubbel", "email": "dubbel@csn.example"}
    first, second = await house.directory.hire(
        "csn", staff("double-1", title="Jurist", **same), staff("double-2", title="Upphandlare", **same)
    )
    db = house.portal.mongo.db
    for one in first, second:
        await eventually(lambda one=one: db.people.find_one({"_id": one}))
    state = house.portal.service.app.state
    for chosen, title in ((second, "Upphandlare"), (first, "Jurist")):
        made = await link_for(state.mongo, "dubbel@csn.example", URL, state.clock())
        assert made
        path = made[0].removeprefix(URL)
        browser = house.browser()
        await browser.open(path)
        assert "Som vilken vill du logga in" in browser.text
        assert title in browser.text
        assert (await browser.post(path)).status_code == 410, "nobody is chosen for them"
        await browser.open(path)
        assert (await browser.post(path, who=house.people["Granne"])).status_code == 410
        await browser.open(path)
        assert (await browser.post(path, who=chosen)).status_code == 200
        session = await db.sessions.find_one({"person_id": chosen})
        assert session
    browser = house.browser()
    user = User(sub="d", claims={"email": "dubbel@csn.example", "email_verified": True})
    with at_its_own(house, "csn", user):
        await browser.open(await answered(await sent_there(browser, "dubbel@csn.example", "/me"), "d"))
        assert "Som vilken vill du logga in" in browser.text, "at the agency's own sign-in as well"
        path = browser.page.url.path
        await browser.post(path, who=first)
    assert browser.page.url.path == "/me"


async def test_people_who_share_a_mailbox_sign_in_as_nobody(house: House) -> None:
    await house.directory.hire(
        "csn",
        staff("shared-1", family_name="Delar", email="delad@csn.example"),
        staff("shared-2", family_name="Annan", email="delad@csn.example"),
    )
    db = house.portal.mongo.db
    await eventually(
        lambda: db.people.count_documents({"sign_in_at": "delad@csn.example"}), until=lambda n: n == 2
    )
    state = house.portal.service.app.state
    assert await link_for(state.mongo, "delad@csn.example", URL, state.clock()) is None


async def test_a_copy_from_before_signs_people_in_without_a_rebuild(house: House) -> None:
    await house.hire("csn", "Äldre")
    db = house.portal.mongo.db
    await db.people.update_one({"_id": house.people["Äldre"]}, {"$unset": {"sign_in_at": ""}})
    assert not await people.with_address(db, "aldre@csn.example", "csn")
    await people.complete(db)
    assert [one.id for one in await people.with_address(db, "aldre@csn.example", "csn")] == [
        house.people["Äldre"]
    ]


async def test_the_sessions_secret_is_copied_into_no_other_cookie(house: House) -> None:
    await house.hire("csn", "Kakätare")
    browser = await house.signed_in("Kakätare")
    state = house.portal.service.app.state
    made = await link_for(state.mongo, "kakatare@csn.example", URL, state.clock())
    assert made
    secret = browser.http.cookies["session"]
    for path in (made[0].removeprefix(URL), "/sign-in"):
        await browser.open(path)
        assert secret not in browser.page.headers.get("set-cookie", "")
    with at_its_own(house, "spv"):
        answer = await browser.http.get("/sign-in/with/spv")
    assert answer.status_code == 303
    assert secret not in answer.headers.get("set-cookie", "")
    assert browser.http.cookies.get("visit", "") != secret
    path = made[0].removeprefix(URL)
    await browser.open(path)
    assert (await browser.post(path)).status_code == 200, "the form is still theirs"
    assert await house.portal.mongo.db.sessions.find_one({"_id": digest(browser.http.cookies["session"])})


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_tries_of_one_network_are_counted_together(client: str, counted: str) -> None:
    assert network_of(client) == counted


def test_records_of_one_name_are_one_person() -> None:
    one, other = (a_person("csn", family_name=name) for name in ("Öberg", "Berg"))
    assert are_one([one, one.model_copy(update={"id": "b", "display_name": "ÅSA  ÖBERG"})])
    assert not are_one([one, other])

"""Corrections (D8), who edited me (D15), still right? (D7), and roles that begin by their date (D2)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.directory.people.rules.days import next_turn
from services.directory.upkeep.handlers import upkeep as handlers
from services.directory.upkeep.store import upkeep as store
from shared.contracts.staff import StaffRole
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.directory.network import Network, heard, staff
from tests.harness import eventually, latest, messages, signed_in

CORRECTIONS = "/directory/v1/corrections"


async def propose(network: Network, headers: dict[str, str], **said: Any) -> str:
    answer = await network.http.post(CORRECTIONS, json=said, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def decide(network: Network, headers: dict[str, str], id_: str, decision: str) -> int:
    path = f"{CORRECTIONS}/{id_}/decision"
    answer = await network.http.post(path, json={"decision": decision}, headers=headers)
    return answer.status_code


async def told(settings: ServiceSettings, kind: str, at_least: int = 1) -> list[Any]:
    async def look() -> list[Any]:
        found = [message.data for message in await messages(settings, NOTIFY_REQUESTS)]
        return [request for request in found if request.kind == kind]

    return await eventually(look, until=lambda found: len(found) >= at_least)


async def test_an_accepted_correction_holds_until_the_feed_says_something_new_d8(network: Network) -> None:
    [me, boss] = await network.hire("csn", staff("me", title="Inköpare"), staff("boss"))
    [other] = await network.hire("spv", staff("other"))
    coordinator, proposer = await network.coordinate("csn", boss), signed_in(other, "spv")
    id_ = await propose(network, proposer, person_id=me, field="title", value="Upphandlare", comment="Bytt")
    [waiting] = (await network.get("/corrections", coordinator, state="waiting")).json()["items"]
    assert (waiting["id"], waiting["now"], waiting["value"]) == (id_, "Inköpare", "Upphandlare")
    assert (await network.get("/corrections", proposer)).json()["items"][0]["now"] is None
    assert await decide(network, coordinator, id_, "accepted") == 200

    async def title() -> str:
        return (await network.get(f"/people/{me}")).json()["title"]

    assert await title() == "Upphandlare"
    await network.hire("csn", staff("me", title="Inköpare", phone="060-9"))
    assert await title() == "Upphandlare", "the feed still says what was wrong"
    await network.hire("csn", staff("me", title="Avtalscontroller"))
    assert await title() == "Avtalscontroller"
    await network.hire("csn", staff("me", title="Inköpare"))
    assert await title() == "Inköpare", "a correction that was overtaken does not come back"
    history = (await network.get(f"/people/{me}/history", coordinator)).json()["items"]
    assert (history[-1]["kind"], history[-1]["by"], history[-1]["subject"]) == ("correction", boss, id_)


async def test_a_correction_is_decided_by_the_agencys_coordinator_once_d8(network: Network) -> None:
    [me, boss, colleague] = await network.hire("csn", staff("me"), staff("boss"), staff("colleague"))
    [other, stranger] = await network.hire("spv", staff("other"), staff("stranger"))
    coordinator = await network.coordinate("csn", boss)
    foreign = await network.coordinate("spv", stranger)
    id_ = await propose(network, signed_in(other, "spv"), person_id=me, field="phone", value="060-7")
    for caller, status in (
        (signed_in(colleague, "csn"), 404),
        (foreign, 404),
        (signed_in(other, "spv"), 403),
        (network.tokens["csn"], 403),
        (coordinator, 200),
        (coordinator, 409),
    ):
        assert await decide(network, caller, id_, "rejected") == status
    assert (await network.get(f"/corrections/{id_}", foreign)).status_code == 404
    assert (await network.get(f"/corrections/{id_}", signed_in(other, "spv"))).json()["state"] == "rejected"


async def test_somebody_reported_as_gone_is_gone_until_the_yes_is_taken_back_d8(network: Network) -> None:
    [me, boss] = await network.hire("csn", staff("me"), staff("boss"))
    coordinator = await network.coordinate("csn", boss)
    id_ = await propose(network, network.tokens["spv"], person_id=me, kind="has_left")
    assert await decide(network, coordinator, id_, "accepted") == 200
    await network.hire("csn", staff("me", phone="060-9"))
    assert (await network.get(f"/people/{me}", network.tokens["spv"])).status_code == 404
    assert await decide(network, coordinator, id_, "rejected") == 200
    assert (await network.get(f"/people/{me}", network.tokens["spv"])).json()["status"] == "active"
    again = await propose(network, network.tokens["spv"], person_id=me, kind="has_left")
    assert await decide(network, coordinator, again, "accepted") == 200
    await network.hire("csn", staff("me", status="left"))
    await network.hire("csn", staff("me"))
    assert (await network.get(f"/people/{me}", network.tokens["spv"])).status_code == 200, "came back"


async def test_a_correction_of_what_the_person_wrote_takes_its_place_d8_d12(network: Network) -> None:
    [me, boss] = await network.hire("csn", staff("me", phone="060-1"), staff("boss"))
    coordinator = await network.coordinate("csn", boss)
    await network.http.patch(
        f"/directory/v1/people/{me}", json={"phone": "070-2"}, headers=signed_in(me, "csn")
    )
    id_ = await propose(network, network.tokens["spv"], person_id=me, field="phone", value="070-3")
    assert await decide(network, coordinator, id_, "accepted") == 200
    shown = (await network.get(f"/people/{me}", coordinator)).json()
    assert (shown["phone"], shown["own"]["phone"]) == ("070-3", "070-3")


async def test_nothing_that_was_said_of_the_protected_stays_d8_d20(network: Network) -> None:
    [me, boss] = await network.hire("csn", staff("me"), staff("boss"))
    coordinator = await network.coordinate("csn", boss)
    proposer = network.tokens["spv"]
    id_ = await propose(network, proposer, person_id=me, field="title", value="Hemlig", comment="Gömd")
    await network.hire("csn", staff("me", protected=True))
    shown = await network.get(f"/corrections/{id_}", coordinator)
    assert shown.json()["state"] == "pointless"
    assert "Hemlig" not in shown.text
    assert "Gömd" not in shown.text
    assert await decide(network, coordinator, id_, "accepted") == 409
    refused = await network.http.post(
        CORRECTIONS, json={"person_id": me, "field": "title", "value": "X"}, headers=proposer
    )
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"field": "email", "value": "ingen adress"}, "value"),
        ({"field": "roles", "value": ["trollkarl"]}, "value"),
        ({"field": "title", "value": ["lista"]}, "value"),
        ({"kind": "has_left", "field": "title", "value": "X"}, ""),
        ({"field": "employee_id", "value": "1"}, "field"),
    ],
)
async def test_a_correction_that_can_t_be_is_refused_by_name_d8(
    network: Network, said: dict[str, Any], field: str
) -> None:
    [me] = await network.hire("csn", staff("me"))
    answer = await network.http.post(
        CORRECTIONS, json={"person_id": me, **said}, headers=network.tokens["spv"]
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_whoever_proposed_a_correction_hears_what_was_decided_d8(
    network: Network, settings: ServiceSettings
) -> None:
    """And neither the coordinator of their own proposal, nor a system, nor somebody who has left."""
    [me, boss] = await network.hire("csn", staff("me", title="Inköpare"), staff("boss"))
    [other, gone] = await network.hire("spv", staff("other"), staff("gone"))
    coordinator = await network.coordinate("csn", boss)
    proposers = (signed_in(gone, "spv"), coordinator, network.tokens["spv"], signed_in(other, "spv"))
    proposed = [
        await propose(network, proposer, person_id=me, field="title", value=f"Titel {n}", comment="Zzxqvist")
        for n, proposer in enumerate(proposers)
    ]
    await network.hire("spv", staff("gone", status="left"))
    for id_ in proposed:
        assert await decide(network, coordinator, id_, "rejected") == 200
    left = await propose(network, signed_in(other, "spv"), person_id=me, kind="has_left")
    assert await decide(network, coordinator, left, "accepted") == 200
    rejected, accepted = await told(settings, "directory.correction_decided", 2)
    assert {rejected.person_id, accepted.person_id} == {other}
    assert (rejected.subject, rejected.data["decision"], rejected.data["field"]) == (
        f"correction/{proposed[-1]}",
        "rejected",
        "title",
    )
    assert (accepted.subject, accepted.data["field"]) == (f"correction/{left}", None)
    assert (rejected.data["person_id"], rejected.data["decider"]["person_id"]) == (me, boss)
    assert (rejected.data["name"], rejected.data["decider"]["name"]) == ("", ""), "notify says who they are"
    assert "Zzxqvist" not in f"{rejected} {accepted}"


async def due_by(network: Network, kind: str, moment: datetime) -> list[str]:
    found = network.db.due.find({"kind": kind, "state": "due", "next": {"$lte": moment}})
    return [each["_id"] for each in await found.to_list(None)]


async def test_edits_by_others_are_told_in_one_mail_d15(network: Network, settings: ServiceSettings) -> None:
    [me, boss] = await network.hire("csn", staff("me"), staff("boss"))
    coordinator = await network.coordinate("csn", boss)
    path = f"/directory/v1/people/{me}"
    for change in ({"phone": "070-1"}, {"phone": "070-2"}, {"ask_me_about": ["e-faktura"]}):
        assert (await network.http.patch(path, json=change, headers=coordinator)).status_code == 200
    await network.http.patch(path, json={"language": "en"}, headers=signed_in(me, "csn"))
    assert await due_by(network, store.EDIT_DIGEST, datetime.now(UTC)) == []
    later = datetime.now(UTC) + timedelta(minutes=16)
    for _ in range(2):
        await network.running.mongo.transact(lambda tx: handlers.tell_of_edits(tx, me, later))
    [mail] = await told(settings, "directory.profile_edited")
    assert mail.person_id == me
    assert (mail.data["fields"], mail.data["editor_id"]) == (["ask_me_about", "phone"], boss)
    assert mail.data["editor_name"] == "", "notify says who that is"


async def test_after_half_a_year_a_link_asks_and_a_button_answers_once_d7(
    network: Network, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENCYNET_PORTAL_URL", "https://natverket.example")
    [me] = await network.hire("csn", staff("me", family_name="Frågad"))
    now = datetime.now(UTC)
    await handlers.plan_questions(network.running.mongo, now)
    assert await due_by(network, store.CONFIRMATION, now + timedelta(days=179)) == []
    clock = network.running.service.app.state
    clock.clock = lambda: datetime.now(UTC) + timedelta(days=181)
    [mail] = await told(settings, "directory.still_right")
    assert (mail.person_id, mail.data["me"]["name"]) == (me, "")
    secret = mail.data["link"].rpartition("/")[2]
    kept = await network.db.confirmations.find_one({"_id": me})
    assert secret not in str(kept), "hashed at rest"
    path = f"/directory/v1/confirmations/{secret}"
    for _ in range(2):
        shown = await network.http.get(path)
        assert (shown.status_code, shown.json()["confirmed_at"]) == (200, None), "looking changes nothing"
    assert shown.json()["profile"]["display_name"] == "Åsa Frågad"
    pressed, again = await network.http.post(path), await network.http.post(path)
    assert (pressed.status_code, again.json()) == (200, pressed.json())
    used = (await network.http.get(path)).json()
    assert (used["profile"], used["confirmed_at"]) == (None, pressed.json()["confirmed_at"])
    assert await due_by(network, store.CONFIRMATION, now + timedelta(days=181 + 179)) == []
    clock.clock = lambda: now + timedelta(days=181 + 61)
    assert (await network.http.get(path)).status_code == 410
    assert (await network.http.get(f"/directory/v1/confirmations/{'A' * 43}")).status_code == 404


async def test_who_edits_their_profile_is_not_asked_and_the_protected_never_are_d7(network: Network) -> None:
    [me, _] = await network.hire("csn", staff("me"), staff("hidden"))
    now = datetime.now(UTC)
    await handlers.plan_questions(network.running.mongo, now - timedelta(days=100))
    await network.http.patch(f"/directory/v1/people/{me}", json={"phone": "1"}, headers=signed_in(me, "csn"))
    await network.hire("csn", staff("hidden", protected=True))
    assert await due_by(network, store.CONFIRMATION, now + timedelta(days=100)) == []


# --- roles by date ------------------------------------------------------------------------------------


def test_the_next_turn_is_the_first_day_on_which_something_is_different() -> None:
    def held(since: str | None = None, until: str | None = None) -> dict[str, Any]:
        return {"code": "jurist", "since": since, "until": until}

    day = date(2026, 11, 25)
    for roles, expected in (
        ([held()], None),
        ([held("2026-12-01")], date(2026, 12, 1)),
        ([held("2020-01-01", "2026-11-25")], date(2026, 11, 26)),
        ([held("2020-01-01", "2026-11-24")], None),
        ([held("2027-01-01"), held(None, "2026-12-24")], date(2026, 12, 25)),
        ([held(None, "9999-12-31")], None),
    ):
        assert next_turn({"roles": roles, "assignments": []}, day) == expected


async def test_on_the_day_a_role_begins_everything_follows_d2(
    network: Network, settings: ServiceSettings
) -> None:
    begins = date(2030, 1, 2)

    def it_is(moment: datetime) -> None:
        ahead = moment - datetime.now(UTC)
        network.running.service.app.state.clock = lambda: datetime.now(UTC) + ahead

    role = StaffRole(name="jurist", since=begins, until=begins)
    [me] = await network.hire("csn", staff("me", family_name="Blivande", roles=("ekonom", role)))
    await eventually(network.names, until=lambda names: names == ["Blivande"])
    assert await network.names(role="jurist") == []
    version = (await network.person(me))["version"]
    # Midnight in Sweden, an hour before it is midnight in UTC.
    it_is(datetime(2030, 1, 1, 22, 59, tzinfo=UTC))
    assert await network.names(role="jurist") == []
    assert (await network.person(me))["version"] == version
    it_is(datetime(2030, 1, 1, 23, 0, 1, tzinfo=UTC))
    await eventually(lambda: network.names(role="jurist"), until=lambda names: names == ["Blivande"])
    announced = await heard(settings, DIRECTORY_PEOPLE, me, version + 1)
    assert announced.roles_turned_on == begins
    await eventually(
        lambda: network.db.lone_cards.find_one({"_id": f"{me}/jurist", "retired_at": None}), until=bool
    )
    it_is(datetime(2030, 1, 2, 23, 0, 1, tzinfo=UTC))
    await eventually(lambda: network.names(role="jurist"), until=lambda names: names == [])
    await eventually(
        lambda: network.db.lone_cards.find_one({"_id": f"{me}/jurist", "retired_at": None}),
        until=lambda card: card is None,
    )
    assert (await latest(settings, DIRECTORY_PEOPLE))[me].version == version + 2
    assert await network.db.due.find_one({"_id": f"role-turn/{me}"}) is None

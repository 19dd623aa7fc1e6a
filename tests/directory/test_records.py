"""O1: a person gets all that is held on them, and is erased everywhere, by one request; retention as data."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import json_util

from services.directory.app import SPEC
from services.directory.handlers import erasing
from services.directory.store.records import CLASSES, IMPERSONAL, SHORT_LIVED
from shared.contracts.topics import DIRECTORY_GROUPS, DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.directory.asking import Clock
from tests.directory.network import Network, heard, staff
from tests.harness import eventually, signed_in

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MARK = "Zzxqvist"
UPKEEP = {"corrections", "proposed_corrections", "edit_digests", "confirmations", "role_turns"}
V1 = "/directory/v1"


def test_every_collection_has_its_record_class_or_holds_nobody() -> None:
    """O1: a new collection without a place in the table fails here."""
    classed = {each.collection for each in CLASSES}
    assert not classed & IMPERSONAL
    assert set(SPEC.indexes) - classed - IMPERSONAL - SHORT_LIVED == set()
    for name in SHORT_LIVED:
        expiring = [index.document.get("expireAfterSeconds") for index in SPEC.indexes[name]]
        assert any(expiring), f"{name} is kept for ever"


async def a_busy_person(network: Network) -> tuple[str, dict[str, str]]:
    """Somebody who has left traces of every kind; all of them hold MARK or the person's id."""
    record = staff("busy", family_name=MARK, roles=("upphandlare",), specialties=(MARK,))
    [me] = await network.hire("csn", record)
    mine = signed_in(me, "csn")
    [other] = await network.hire("spv", staff("other", roles=("upphandlare",)))
    theirs = signed_in(other, "spv")

    async def post(path: str, body: dict[str, Any], caller: dict[str, str]) -> dict[str, Any]:
        answer = await network.http.post(f"{V1}{path}", json=body, headers=caller)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    asked = {"title": "Fråga", "text": "Hur?", "roles": ["upphandlare"]}
    mine_asked = await post("/questions", asked, mine)
    await post(f"/questions/{mine_asked['id']}/answers", {"text": "Så."}, theirs)
    theirs_asked = await post("/questions", asked, theirs)
    given = await post(f"/questions/{theirs_asked['id']}/answers", {"text": "Så här."}, mine)
    await post(f"/answers/{given['id']}/accept", {}, theirs)
    await post("/practices", {"title": "A", "topic": "friskvård", "text": "B"}, mine)
    await post("/practices", {"from_answer_id": given["id"], "topic": "resor"}, theirs)
    group = await post("/groups", {"name": "Kör"}, mine)
    await post(f"/groups/{group['id']}/decisions", {"text": "Vi sjunger."}, mine)
    await network.http.put(f"{V1}/groups/{group['id']}/members/{other}", headers=theirs)
    patched = await network.http.patch(f"{V1}/people/{me}", json={"ask_me_about": [MARK]}, headers=mine)
    assert patched.status_code == 200, patched.text
    return me, mine


async def everything(network: Network) -> str:
    """The whole database as text."""
    found = []
    for name in await network.db.list_collection_names():
        rows = await network.db[name].find({"_id": {"$exists": True}}).hint("_id_").to_list(None)
        found.append(f"{name}: {json_util.dumps(rows)}")
    return "\n".join(found)


async def test_a_person_gets_all_that_is_held_on_them_and_nobody_else_does(network: Network) -> None:
    """O1"""
    me, mine = await a_busy_person(network)
    export = await network.http.post(f"{V1}/people/{me}/export", headers=mine)
    assert export.status_code == 200, export.text
    records = export.json()["records"]
    assert set(records) == {"audit", *(each.name for each in CLASSES)}
    empty = {name for name, rows in records.items() if not rows}
    assert empty <= {
        "attendance",
        "scim_resources",
        "requests",
        "lone_cards",
        "held_leaves",
        "audit",
        *UPKEEP,
    }
    assert MARK in json.dumps(records["people"])
    [colleague, boss] = await network.hire("csn", staff("colleague"), staff("boss"))
    for caller, status in (
        (signed_in(colleague, "csn"), 403),
        (network.tokens["csn"], 403),
        (network.tokens["spv"], 403),
        (await network.coordinate("csn", boss), 200),
        (network.admin, 200),
    ):
        answer = await network.http.post(f"{V1}/people/{me}/export", headers=caller)
        assert answer.status_code == status


async def test_erasure_is_a_dry_run_first_and_then_leaves_nothing_anywhere(
    network: Network, settings: ServiceSettings
) -> None:
    """O1: topics included; the others' questions and answers stay, without the name."""
    me, mine = await a_busy_person(network)
    path = f"{V1}/people/{me}/erasure"
    dry = await network.http.post(path, json={}, headers=mine)
    assert dry.json()["dry_run"], dry.text
    counted = {each["name"]: each["records"] for each in dry.json()["classes"]}
    assert (counted["people"], counted["answers"], counted["groups"]) == (1, 1, 1)
    assert MARK in await everything(network)
    done = await network.http.post(path, json={"dry_run": False}, headers=mine)
    assert done.status_code == 200, done.text
    assert {each["name"]: each["records"] for each in done.json()["classes"]} == counted
    await eventually(network.db.outbox.find_one, until=lambda row: row is None)
    assert MARK not in await everything(network)
    marker = await network.person(me)
    assert (marker["given_name"], marker["email"], marker["own"], marker["roles"]) == ("", None, {}, [])
    assert isinstance(await heard(settings, DIRECTORY_PEOPLE, me, marker["version"]), Gone)
    [group] = (await network.get("/groups")).json()["items"]
    announced = await heard(settings, DIRECTORY_GROUPS, group["id"], group["version"])
    assert me not in announced.model_dump_json()
    questions = (await network.get("/questions")).json()["items"]
    assert len(questions) == 2
    assert {each["asker"]["name"] if each["asker"] else None for each in questions} == {"Åsa Öberg", None}
    again = await network.http.post(path, json={"dry_run": False}, headers=network.admin)
    assert again.status_code == 404
    await network.running.mongo.transact(lambda tx: erasing.erase(tx, me, NOW))
    assert (await network.person(me))["version"] == marker["version"]


async def test_an_old_record_does_not_bring_the_erased_back_but_a_new_one_does(network: Network) -> None:
    """O1: the agency's system has the last word on who works there."""
    record = staff("e1", family_name=MARK)
    [me] = await network.hire("csn", record)
    path = f"{V1}/people/{me}/erasure"
    await network.http.post(path, json={"dry_run": False}, headers=network.admin)
    body = {"records": [json.loads(record.model_dump_json(by_alias=True))]}
    again = await network.http.post(f"{V1}/staff-records", json=body, headers=network.tokens["csn"])
    assert again.json()["results"][0]["result"] != "applied", again.text
    assert (await network.get(f"/people/{me}")).status_code == 404
    own = await network.http.patch(f"{V1}/people/{me}", json={"phone": "1"}, headers=signed_in(me, "csn"))
    assert own.status_code == 404, "they can't bring themselves back either"
    await network.hire("csn", staff("e1", family_name=MARK))
    assert (await network.get(f"/people/{me}")).json()["family_name"] == MARK
    await network.http.post(path, json={"dry_run": False}, headers=network.admin)
    assert (await network.get(f"/people/{me}")).status_code == 404


async def test_who_left_three_years_ago_is_let_go_of_and_who_came_back_is_not(network: Network) -> None:
    """O1: retention, dry run first."""
    Clock(network, NOW)
    [gone, back] = await network.hire("csn", staff("gone"), staff("back"))
    await network.hire("csn", staff("gone", status="left"), staff("back", status="left"))
    await network.hire("csn", staff("back"))
    later = datetime.now(UTC) + timedelta(days=3 * 365 + 1)
    mongo = network.running.mongo
    assert (await erasing.keep_no_longer(mongo, NOW, dry_run=False))["people"] == 0
    assert (await erasing.keep_no_longer(mongo, later, dry_run=True))["people"] == 1
    assert (await network.person(gone))["given_name"] != ""
    assert (await erasing.keep_no_longer(mongo, later, dry_run=False))["people"] == 1
    assert (await network.person(gone))["given_name"] == ""
    assert (await network.person(back))["given_name"] != ""
    listed = (await network.get("/retention")).json()["items"]
    assert next(each for each in listed if each["name"] == "people")["keep_days"] == 1095

"""O1: a person gets all that is held on them, and is erased everywhere, by one request; retention as data."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import json_util

from services.directory.app import SPEC
from services.directory.privacy.handlers import erasing
from services.directory.privacy.store.records import CLASSES, IMPERSONAL, SHORT_LIVED
from shared.consuming.parking import Case, Record, park
from shared.contracts.topics import DIRECTORY_GROUPS, DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.directory.asking import Clock
from tests.directory.network import Network, heard, staff
from tests.directory.scim.idp import ENTERPRISE, GROUP, NETWORK, IdentityProvider, user
from tests.harness import eventually, signed_in

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MARK, HIDDEN = "Zzxqvist", "Qqjwvist"
UPKEEP = {"corrections", "proposed_corrections", "edit_digests", "confirmations", "due"}
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
    elsewhere = {"scim_resources", "scim_groups", "import_faults", "held_leaves", "refused_records"}
    later = {"decided_corrections", "privacy_requests"}
    assert empty <= {"attendance", "requests", "lone_cards", "audit", *elsewhere, *UPKEEP, *later}
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
    # The dry run is a request that was made about them, too.
    asked = {"privacy_requests": counted["privacy_requests"] + 1}
    assert {each["name"]: each["records"] for each in done.json()["classes"]} == counted | asked
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
    await network.running.mongo.transact(lambda tx: erasing.erase(tx, [me], None, NOW))
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
    assert own.status_code == 401, "they can't bring themselves back either: their token opens nothing"
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


async def taken_in_by_scim_and_by_file(network: Network) -> tuple[str, str]:
    """Somebody whom the identity provider has, with a faulty row in a file, and who is held among very many
    leaves; and their colleague, who has protected identity.
    """
    idp = IdentityProvider(network, "csn")
    shy = {**user("shy", displayName=HIDDEN), "name": {"givenName": HIDDEN, "familyName": HIDDEN}}
    shy = await idp.create({**shy, NETWORK: {"protected": True}})
    marked = {**user("marked", displayName=MARK), "name": {"givenName": MARK, "familyName": MARK}}
    manager = {"value": shy["id"], "displayName": HIDDEN}
    marked = await idp.create({**marked, ENTERPRISE: {"manager": manager}})
    members = [{"value": each["id"], "display": each["displayName"]} for each in (marked, shy)]
    await idp.create({"schemas": [GROUP], "displayName": "Inköp", "members": members}, "Groups")
    rows = f"Anst.nr;Förnamn;Efternamn;E-post\next-marked;{MARK};{MARK};hemma hos {MARK}\n"
    file = {"file": ("export.csv", rows.encode(), "text/csv")}
    sent = await network.http.post(f"{V1}/imports", files=file, headers=network.tokens["csn"])
    path = f"/imports/{sent.json()['id']}"
    await eventually(lambda: network.get(path), until=lambda answer: answer.json()["state"] == "done")
    await network.hire("csn", *(staff(f"e{n}") for n in range(20)))
    leaving = [staff(f"e{n}", status="left") for n in range(9)]
    leaving.append(staff("ext-marked", status="left", given_name=MARK, family_name=MARK, version=10**12))
    bodies = [json.loads(each.model_dump_json(by_alias=True)) for each in leaving]
    answer = await network.http.post(
        f"{V1}/staff-records", json={"records": bodies}, headers=network.tokens["csn"]
    )
    assert {each["result"] for each in answer.json()["results"]} == {"held"}, answer.text
    return marked["id"], shy["id"]


async def test_what_scim_a_file_and_a_held_leave_say_is_given_out_without_the_others(
    network: Network,
) -> None:
    """O1, D20: a colleague's protected name is in none of it."""
    me, _ = await taken_in_by_scim_and_by_file(network)
    export = await network.http.post(f"{V1}/people/{me}/export", headers=signed_in(me, "csn"))
    assert export.status_code == 200, export.text
    records = export.json()["records"]
    [resource], [group], [fault], [held] = (
        records[name] for name in ("scim_resources", "scim_groups", "import_faults", "held_leaves")
    )
    assert resource["resource"]["name"]["familyName"] == MARK
    assert (group["name"], [each["value"] for each in group["members"]]) == ("Inköp", [me])
    assert (fault["row"], fault["code"]) == (2, "bad_address")
    assert MARK in json.dumps(held)
    assert HIDDEN not in export.text


async def test_of_the_erased_nothing_is_left_in_scim_in_files_or_among_held_leaves(network: Network) -> None:
    """O1: the identity provider's group stays without them, and the coordinator decides about one less."""
    me, shy = await taken_in_by_scim_and_by_file(network)
    assert MARK in await everything(network)
    done = await network.http.post(
        f"{V1}/people/{me}/erasure", json={"dry_run": False}, headers=network.admin
    )
    assert done.status_code == 200, done.text
    await eventually(network.db.outbox.find_one, until=lambda row: row is None)
    left = await everything(network)
    assert MARK not in left
    assert "ext-marked" not in left
    group = await network.db.scim_resources.find_one({"agency": "csn", "kind": "Group"})
    assert [each["value"] for each in group["resource"]["members"]] == [shy]
    mass_leaves = await network.get("/mass-leaves", network.admin, agency="csn")
    assert mass_leaves.json()["items"][0]["held"] == 9


async def test_a_record_that_was_refused_is_given_out_and_goes_with_the_person(network: Network) -> None:
    """O1: of the one whose key it has, and of nobody else."""
    me, other = await network.hire("csn", staff("me"), staff("other"))
    for number, name in enumerate(("me", "other")):
        record = Record("staff.csn", 0, number, name.encode(), f"{MARK} {name}".encode())
        case = Case(record, "refused", "is not JSON")
        await network.running.mongo.transact(lambda tx, it=case: park(tx, [it]))
    export = await network.http.post(f"{V1}/people/{me}/export", headers=signed_in(me, "csn"))
    [refused] = export.json()["records"]["refused_records"]
    assert (refused["reason"], refused["record"]) == ("is not JSON", f"{MARK} me")
    await network.http.post(f"{V1}/people/{me}/erasure", json={"dry_run": False}, headers=network.admin)
    assert [row["key"] async for row in network.db.parked.find({"topic": "staff.csn"})] == [b"other"]
    assert (await network.person(other))["given_name"] != ""


@pytest.mark.parametrize("then", ["protected", "erased"])
async def test_a_repeated_request_names_nobody_who_is_protected_or_erased_since(
    network: Network, then: str
) -> None:
    """D20, O1: the answer that was kept for it is gone; it is not done again."""
    [me] = await network.hire("csn", staff("me", family_name=MARK, roles=("upphandlare",)))
    [other] = await network.hire("spv", staff("other", roles=("upphandlare",)))
    asker = signed_in(other, "spv")
    asked = {"title": "Fråga", "text": "Hur?", "roles": ["upphandlare"]}
    question = await network.http.post(f"{V1}/questions", json=asked, headers=asker)
    path = f"{V1}/questions/{question.json()['id']}/answers"
    given = await network.http.post(path, json={"text": "Så."}, headers=signed_in(me, "csn"))
    await network.http.post(f"{V1}/answers/{given.json()['id']}/accept", json={}, headers=asker)
    practice = {"from_answer_id": given.json()["id"], "topic": "resor"}
    once = {**asker, "Idempotency-Key": "once"}
    for _ in range(2):
        assert MARK in (await network.http.post(f"{V1}/practices", json=practice, headers=once)).text
    if then == "protected":
        await network.hire("csn", staff("me", family_name=MARK, protected=True))
    else:
        erasure = f"{V1}/people/{me}/erasure"
        await network.http.post(erasure, json={"dry_run": False}, headers=network.admin)
    again = await network.http.post(f"{V1}/practices", json=practice, headers=once)
    assert (again.status_code, MARK in again.text) == (409, False), again.text
    assert MARK not in json_util.dumps(await network.db.idempotency.find().hint("_id_").to_list(None))

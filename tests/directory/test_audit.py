"""O2: who did what to whom, and who read what the network does not see; an agency reads its own."""

import json
from typing import Any

import pytest

from services.directory import app
from services.directory.app import SPEC
from shared.audit import sealing
from shared.audit.verifying import verify
from shared.mongo import Transaction
from shared.service import Service
from shared.settings import ServiceSettings
from shared.web.policy import routes
from tests.audited import acts_in, entries
from tests.directory.network import Network, fields, staff
from tests.harness import eventually, signed_in
from tests.privacy import nothing_elsewhere

V1 = "/directory/v1"
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
# Its rows say who wrote what themselves, and others see it as theirs.
OWN_WORD = "one's own word, kept with its author"
FEED = "the feed: what it says is kept as it came, and what it changed is in each person's history"
# Every route that changes something: what is written, or why nothing is. A new one without a line fails.
CHANGES = {
    "PATCH /directory/v1/people/{person_id}": "person.changed",
    "POST /directory/v1/people/{person_id}/export": "person.exported",
    "POST /directory/v1/people/{person_id}/erasure": "person.erased",
    "POST /directory/v1/corrections/{correction_id}/decision": "correction.decided",
    "POST /directory/v1/mass-leaves/{mass_leave_id}/decision": "mass_leave.decided",
    "POST /directory/v1/agencies/{slug}/feed/version-resets": "feed.versions_forgotten",
    "PUT /directory/v1/role-mappings/{slug}/{word:path}": "word.mapped",
    "DELETE /directory/v1/role-mappings/{slug}/{word:path}": "word.forgotten",
    "PUT /directory/v1/specialty-mappings/{slug}/{word:path}": "word.mapped",
    "DELETE /directory/v1/specialty-mappings/{slug}/{word:path}": "word.forgotten",
    "POST /directory/v1/agencies": "agency.added",
    "PATCH /directory/v1/agencies/{slug}": "agency.changed",
    "POST /directory/v1/agencies/{slug}/tokens": "token.created",
    "DELETE /directory/v1/agencies/{slug}/tokens/{token_id}": "token.revoked",
    "POST /directory/v1/imports": "import.begun",
    "POST /directory/v1/imports/{import_id}/repetitions": "import.begun",
    "POST /directory/v1/imports/{import_id}/cancellation": "import.cancelled",
    "POST /directory/v1/agencies/{slug}/departure": "departure.begun",
    "POST /directory/v1/departures/{departure_id}/completion": "departure.completed",
}
NOT_WRITTEN = {
    "POST /directory/v1/staff-records": FEED,
    "POST /scim/v2{path:path}": FEED,
    "PUT /scim/v2{path:path}": FEED,
    "PATCH /scim/v2{path:path}": FEED,
    "DELETE /scim/v2{path:path}": FEED,
    "POST /directory/v1/confirmations/{secret}": OWN_WORD,
    "POST /directory/v1/corrections": OWN_WORD,
    "POST /directory/v1/groups": OWN_WORD,
    "PATCH /directory/v1/groups/{group_id}": OWN_WORD,
    "PUT /directory/v1/groups/{group_id}/members/{person_id}": OWN_WORD,
    "DELETE /directory/v1/groups/{group_id}/members/{person_id}": OWN_WORD,
    "POST /directory/v1/groups/{group_id}/decisions": OWN_WORD,
    "POST /directory/v1/questions": OWN_WORD,
    "POST /directory/v1/questions/{question_id}/answers": OWN_WORD,
    "POST /directory/v1/answers/{answer_id}/accept": OWN_WORD,
    "POST /directory/v1/questions/{question_id}/closure": OWN_WORD,
    "POST /directory/v1/practices": OWN_WORD,
    "PATCH /directory/v1/practices/{practice_id}": OWN_WORD,
    "POST /directory/v1/practices/{practice_id}/adoptions": OWN_WORD,
}
# What is written beside what a route that changes something is for.
BESIDE = {
    "trust.given",
    "trust.withdrawn",
    "person.read",
    "history.read",
    "mass_leave.read",
    "archive.read",
    "export.read",
}


def test_every_route_that_changes_something_is_in_the_audit_or_says_why_not() -> None:
    service = Service(SPEC, ServiceSettings()).app
    known = {f"{method} {route.path}" for route in routes(service) for method in (route.methods or ())}
    assert {route for route in known if route.split()[0] in WRITES} == {*CHANGES, *NOT_WRITTEN}


def test_what_the_code_writes_is_what_the_table_says() -> None:
    by_a_variable = {"trust.given", "trust.withdrawn"}
    assert acts_in(app) == {*CHANGES.values(), *BESIDE} - by_a_variable | {"?"}


async def read(network: Network, caller: dict[str, str], **params: Any) -> list[dict[str, Any]]:
    return await entries(network.running, caller, **params)


async def acts(network: Network, caller: dict[str, str], **params: Any) -> list[str]:
    return [entry["act"] for entry in await read(network, caller, **params)]


@pytest.fixture
async def office(network: Network) -> tuple[str, dict[str, str]]:
    """Who coordinates csn, and their headers."""
    [boss] = await network.hire("csn", staff("boss", protected=False))
    return boss, await network.coordinate("csn", boss)


async def send(network: Network, method: str, path: str, caller: dict[str, str], body: Any = None) -> Any:
    answer = await network.http.request(method, f"{V1}{path}", json=body, headers=caller)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def test_what_a_coordinator_does_is_written_with_who_and_to_whom(
    network: Network, office: tuple[str, dict[str, str]]
) -> None:
    boss, coordinator = office
    [one] = await network.hire("csn", staff("e1"))
    token = await send(
        network, "POST", "/agencies/csn/tokens", coordinator, {"name": "x", "scopes": ["directory:read"]}
    )
    await send(network, "DELETE", f"/agencies/csn/tokens/{token['id']}", coordinator)
    await send(network, "PUT", "/role-mappings/csn/Anskaffare", coordinator, {"code": "upphandlare"})
    await send(network, "DELETE", "/role-mappings/csn/Anskaffare", coordinator)
    await send(network, "PATCH", "/agencies/csn", coordinator, {"places": ["Gävle"]})
    await send(network, "PATCH", f"/people/{one}", coordinator, {"phone": "070-1", "reason": "Zzxqvist"})
    wrong = {"person_id": one, "field": "title", "value": "Zzxqvist"}
    correction = await send(network, "POST", "/corrections", network.tokens["spv"], wrong)
    await send(
        network, "POST", f"/corrections/{correction['id']}/decision", coordinator, {"decision": "accepted"}
    )
    found = [entry for entry in await read(network, coordinator) if entry["by"]["kind"] == "person"]
    assert [(entry["act"], entry["person_id"]) for entry in found] == [
        ("token.created", None),
        ("token.revoked", None),
        ("word.mapped", None),
        ("word.forgotten", None),
        ("agency.changed", None),
        ("person.changed", one),
        ("correction.decided", one),
    ]
    assert {entry["by"]["person_id"] for entry in found} == {boss}
    assert found[0]["thing"] == found[1]["thing"] == f"token/{token['id']}"
    assert found[4]["details"] == {"fields": ["places"]}
    assert found[5]["details"] == {"fields": ["phone"]}
    assert "Zzxqvist" not in json.dumps(found), "nothing that somebody wrote stays for good"
    assert (await verify(network.db, "directory")).broken is None


async def test_the_one_at_the_other_end_is_told_by_its_token_and_trust_by_its_person(
    network: Network, office: tuple[str, dict[str, str]]
) -> None:
    boss, coordinator = office
    await send(network, "PATCH", "/agencies/csn", network.admin, {"coordinators": []})
    await network.coordinate("csn", boss)
    first, _, *others = await read(network, coordinator)
    assert first["act"] == "agency.added"
    given = [(entry["act"], entry["person_id"]) for entry in others if entry["act"].startswith("trust.")]
    assert given == [("trust.given", boss), ("trust.withdrawn", boss), ("trust.given", boss)]
    withdrawn = next(entry for entry in others if entry["act"] == "trust.withdrawn")
    agency = await network.db.agencies.find_one({"_id": "csn"})
    assert withdrawn["by"]["kind"] == "system"
    assert withdrawn["by"]["token"] in {token["id"] for token in agency["tokens"]}


async def test_reading_is_written_where_the_network_does_not_see_it(
    network: Network, office: tuple[str, dict[str, str]]
) -> None:
    """Protected identity, hidden fields, the history and an export; not what every colleague sees."""
    boss, coordinator = office
    await send(network, "PATCH", "/agencies/csn", coordinator, {"protection": "carried"})
    [secret, open_, shy] = await network.hire(
        "csn", staff("secret", protected=True), staff("open", protected=False), staff("shy", protected=False)
    )
    themselves = signed_in(shy, "csn")
    await send(network, "PATCH", f"/people/{shy}", themselves, {"visibility": {"phone": "nobody"}})
    for person in (secret, open_, shy):
        await send(network, "GET", f"/people/{person}", coordinator)
    await send(network, "GET", f"/people/{shy}", network.tokens["spv"])
    await send(network, "GET", f"/people/{shy}", themselves)
    await send(network, "GET", f"/people/{open_}/history", coordinator)
    await send(network, "GET", f"/people/{shy}/history", themselves)
    await send(network, "POST", f"/people/{shy}/export", themselves)
    await send(network, "POST", f"/people/{open_}/export", coordinator)
    found = [entry for entry in await read(network, coordinator) if entry["person_id"] != boss]
    seen = [(e["act"], e["person_id"], e["by"]["kind"]) for e in found if e["person_id"] is not None]
    assert seen == [
        ("person.read", secret, "person"),
        ("person.read", shy, "person"),
        ("history.read", open_, "person"),
        ("person.exported", shy, "self"),
        ("person.exported", open_, "person"),
    ]


async def test_only_ones_own_agencys_is_read_page_by_page_and_as_asked_for(
    network: Network, office: tuple[str, dict[str, str]]
) -> None:
    boss, coordinator = office
    [one, two] = await network.hire("csn", staff("e1"), staff("e2"))
    for person in (one, two, one):
        await send(network, "GET", f"/people/{person}/history", coordinator)
    whole = await read(network, coordinator)
    assert {entry["agency"] for entry in whole} == {"csn"}
    assert await acts(network, coordinator, person=one) == ["history.read"] * 2
    assert await acts(network, coordinator, act="history.read", by=boss) == ["history.read"] * 3
    assert await acts(network, coordinator, by=one) == []
    assert await acts(network, coordinator, person="00000000-0000-4000-8000-000000000000") == []
    middle = whole[len(whole) // 2]["at"]
    later = await read(network, coordinator, since=middle)
    earlier = await read(network, coordinator, until=middle)
    assert earlier + later == whole
    assert later[0]["at"] == middle
    first = (await network.get("/audit-entries", coordinator, limit=2)).json()
    rest = (await network.http.get(first["next"], headers=coordinator)).json()
    assert (first["items"] + rest["items"])[::-1] == whole[-4:]
    assert {entry["agency"] for entry in await read(network, network.admin, agency="spv")} == {"spv"}
    for caller, status in (
        (signed_in(one, "csn"), 403),
        (network.tokens["csn"], 403),
        (network.tokens["spv"], 404),
    ):
        assert (await network.get("/audit-entries", caller, agency="csn")).status_code == status
    assert (await network.get("/audit-entries", coordinator, agency="spv")).status_code == 404
    refused = await network.get("/audit-entries", coordinator, since="igår")
    assert refused.status_code == 422


async def test_who_is_erased_is_in_the_audit_as_somebody_and_the_chain_is_whole(
    network: Network, office: tuple[str, dict[str, str]]
) -> None:
    """O1, O2: what was done stays, to whom is nobody's to know."""
    boss, coordinator = office
    [one] = await network.hire("csn", staff("e1"))
    await send(network, "GET", f"/people/{one}/history", coordinator)
    await sealing.seal_all(network.running.mongo)
    export = await send(network, "POST", f"/people/{one}/export", coordinator)
    exported = [entry["act"] for entry in export["records"]["audit"]]
    assert exported[-1] == "history.read"
    assert set(exported[:-1]) <= {"person.exported"}, "this export itself, where it was sealed meanwhile"
    erased = await send(network, "POST", f"/people/{one}/erasure", coordinator, {"dry_run": False})
    counted = {each["name"]: each["records"] for each in erased["classes"]}
    assert counted["audit_people"] == 1
    found = (await read(network, coordinator))[-3:]
    assert [entry["act"] for entry in found] == ["history.read", "person.exported", "person.erased"]
    assert {entry["person_id"] for entry in found} == {None}
    kept = await network.db.audit.find({"batch": {"$gt": 0}}).to_list(None)
    assert one not in str(kept)
    assert boss in str(kept), "who acts in office answers for it"
    assert (await verify(network.db, "directory")).broken is None


async def test_an_act_that_is_refused_or_changes_nothing_is_not_written(
    network: Network, office: tuple[str, dict[str, str]]
) -> None:
    _, coordinator = office
    before = await acts(network, coordinator)
    for method, path, body in (
        ("PATCH", "/agencies/csn", {"places": ["Sundsvall"]}),
        ("PATCH", "/agencies/csn", {"role_mailboxes": {"kejsare": "a@b.se"}}),
        ("PUT", "/role-mappings/csn/Anskaffare", {"code": "kejsare"}),
        ("DELETE", "/agencies/csn/tokens/0123456789abcdef", None),
    ):
        await network.http.request(method, f"{V1}{path}", json=body, headers=coordinator)
    assert await acts(network, coordinator) == before


async def test_the_service_seals_by_itself(network: Network) -> None:
    async def waiting() -> Any:
        return await network.db.audit_pending.find_one({"_id": {"$gt": ""}})

    await eventually(waiting, until=lambda found: found is None)
    report = await verify(network.db, "directory")
    assert report.entries
    assert report.broken is None


async def test_a_crash_between_act_and_entry_is_a_crash_of_both(network: Network) -> None:
    from services.directory.agencies.handlers import agencies

    async def work(tx: Transaction) -> None:
        await agencies.add_agency(tx, "ny", fields("ny"), network.running.service.app.state.clock())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await network.running.mongo.transact(work)
    assert await network.db.agencies.find_one({"_id": "ny"}) is None
    assert await read(network, network.admin, agency="ny") == []


async def test_an_archive_holds_the_audit_and_that_it_was_read_is_written(
    network: Network, office: tuple[str, dict[str, str]]
) -> None:
    """D24, O2"""
    import io
    import zipfile

    boss, coordinator = office
    await sealing.seal_all(network.running.mongo)
    job = await send(network, "POST", "/agencies/csn/departure", coordinator)

    async def look() -> Any:
        return await send(network, "GET", f"/departures/{job['id']}", coordinator)

    await nothing_elsewhere(network.running.service.settings, network.db)
    ready = await eventually(look, until=lambda found: found["state"] == "ready")
    assert ready["counts"]["audit"] >= 3
    path = f"{V1}/departures/{job['id']}/archive"
    answer = await network.http.get(path, headers=coordinator)
    lines = zipfile.ZipFile(io.BytesIO(answer.content)).read("audit.jsonl").splitlines()
    # In the order in which they were sealed, which for those of one moment is any.
    assert ("trust.given", boss) in [(line["act"], line["person"]) for line in map(json.loads, lines)]
    assert (await acts(network, coordinator))[-2:] == ["departure.begun", "archive.read"]

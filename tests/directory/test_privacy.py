"""O1: what is held on somebody is gathered from every service, with a receipt each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.privacy import ClassCount, Mention, PrivacyAnswer
from shared.contracts.topics import DIRECTORY_PRIVACY, SERVICES, TOPICS
from shared.contracts.types import Gone
from shared.privacy import sealing
from shared.settings import ServiceSettings
from tests.audited import entries
from tests.directory.network import Network, staff
from tests.harness import eventually, latest, signed_in
from tests.privacy import say

V1 = "/directory/v1"
OTHERS = [service for service in SERVICES if service != "directory"]


async def says(settings: ServiceSettings, service: str, answer: PrivacyAnswer) -> None:
    """As this service would."""
    await say(settings, TOPICS[f"{service}.privacy"], answer)


def receipt(request: dict[str, Any], **fields: Any) -> PrivacyAnswer:
    seats = ClassCount(name="seats", sv="Platser", en="Seats", records=2, action="deleted")
    values = {"attempt": "a", "piece": 0, "last": True, "classes": (seats,), **fields}
    return PrivacyAnswer(request_id=request["id"], request_version=1, **values)


async def look(network: Network, request: dict[str, Any], caller: dict[str, str]) -> dict[str, Any]:
    found = await network.http.get(f"{V1}/privacy-requests/{request['id']}", headers=caller)
    assert found.status_code == 200, found.text
    return found.json()


async def answered(network: Network, request: dict[str, Any], caller: dict[str, str], *names: str) -> Any:
    return await eventually(
        lambda: look(network, request, caller),
        until=lambda found: (
            {each["service"] for each in found["services"] if each["answered_at"]} == {*names}
        ),
    )


async def test_every_service_is_asked_and_each_gives_a_receipt(
    network: Network, settings: ServiceSettings
) -> None:
    [me] = await network.hire("csn", staff("me"))
    mine = signed_in(me, "csn")
    answer = await network.http.post(f"{V1}/people/{me}/export", headers=mine)
    request = answer.json()["request"]
    assert (request["state"], {*request["missing"]}) == ("open", {*SERVICES})
    await answered(network, request, mine, "directory")
    heard = (await latest(settings, DIRECTORY_PRIVACY))[request["id"]]
    assert ([each.id for each in heard.people], heard.kind) == ([me], "export")
    assert "d" not in (heard.key or {}), "the key that opens it stays here"
    for service in OTHERS[:-1]:
        await says(settings, service, receipt(request))
    found = await answered(network, request, mine, "directory", *OTHERS[:-1])
    assert (found["state"], found["missing"]) == ("open", OTHERS[-1:]), "one is down"
    await says(settings, OTHERS[-1], receipt(request))
    done = await answered(network, request, mine, *SERVICES)
    assert done["state"] == "done"
    assert done["services"][1]["classes"][0]["records"] == 2
    gone = await eventually(
        lambda: latest(settings, DIRECTORY_PRIVACY),
        until=lambda found: isinstance(found[request["id"]], Gone),
    )
    assert gone[request["id"]].reason == "erased"


async def sealed(rows: list[tuple[str, Any]], key: dict[str, str]) -> list[str]:
    async def each() -> Any:
        for row in rows:
            yield row

    return [piece async for piece in sealing.sealed(each(), key)]


async def test_what_services_give_out_is_put_together_and_can_be_read_by_nobody_else(
    network: Network, settings: ServiceSettings
) -> None:
    [me, colleague, boss] = await network.hire("csn", staff("me"), staff("colleague"), staff("boss"))
    mine = signed_in(me, "csn")
    request = (await network.http.post(f"{V1}/people/{me}/export", headers=mine)).json()["request"]
    await answered(network, request, mine, "directory")
    heard = (await latest(settings, DIRECTORY_PRIVACY))[request["id"]]
    rows = [("seats", {"_id": n, "what": "Zzxqvist" * 2_000}) for n in range(200)]
    first, second = await sealed(rows[:100], heard.key), await sealed(rows[100:], heard.key)
    assert not any("Zzxqvist" in piece for piece in (*first, *second))
    # A try that was cut off counts for nothing.
    await says(settings, "courses", receipt(request, attempt="dead", last=False, sealed=second[0]))
    pieces = await sealed(rows, heard.key)
    for n, piece in enumerate(pieces):
        await says(settings, "courses", receipt(request, attempt="b", piece=n, last=False, sealed=piece))
    await says(settings, "courses", receipt(request, attempt="b", piece=len(pieces)))
    await answered(network, request, mine, "directory", "courses")
    path = f"{V1}/privacy-requests/{request['id']}/export"
    export = await network.http.get(path, headers=mine)
    assert export.status_code == 200, export.text
    body = export.json()
    assert [each["_id"] for each in body["services"]["courses"]["seats"]] == list(range(200))
    assert body["services"]["directory"]["people"][0]["given_name"] == "Åsa"
    assert {*body["missing"]} == {*OTHERS} - {"courses"}
    assert export.headers["cache-control"] == "no-store"
    coordinator = await network.coordinate("csn", boss)
    for caller, status in (
        (signed_in(colleague, "csn"), 404),
        (network.tokens["csn"], 404),
        (network.tokens["spv"], 404),
        (coordinator, 200),
        (network.admin, 200),
    ):
        for where in (path, path.removesuffix("/export")):
            assert (await network.http.get(where, headers=caller)).status_code == status
    read = await entries(network.running, coordinator, act="export.read")
    assert len(read) == 3


async def test_a_dry_run_lists_the_name_in_others_words_and_the_erasure_takes_it_out(
    network: Network, settings: ServiceSettings
) -> None:
    [me] = await network.hire("csn", staff("me", family_name="Zzxqvist", email="zz@csn.example"))
    [other] = await network.hire("spv", staff("other", roles=("upphandlare",)))
    text = "Fråga åsa zzxqvist (zz@csn.example) på CSN."
    theirs = signed_in(other, "spv")
    body = {"title": "Vem kan Åsa Zzxqvist?", "text": text, "roles": ["upphandlare"]}
    question = (await network.http.post(f"{V1}/questions", json=body, headers=theirs)).json()
    practice = {"title": "Zzxqvist", "topic": "resor", "text": "Av Åsa Zzxqvist."}
    kept = (await network.http.post(f"{V1}/practices", json=practice, headers=theirs)).json()
    path = f"{V1}/people/{me}/erasure"
    dry = (await network.http.post(path, json={}, headers=network.admin)).json()["request"]
    assert (dry["kind"], dry["person_id"]) == ("count", me)
    found = await answered(network, dry, network.admin, "directory")
    mentions = {(each["thing"], each["field"]) for each in found["services"][0]["mentions"]}
    assert mentions == {
        (f"question/{question['id']}", "title"),
        (f"question/{question['id']}", "text"),
        (f"practice/{kept['id']}", "text"),
    }
    done = (await network.http.post(path, json={"dry_run": False}, headers=network.admin)).json()["request"]
    found = await answered(network, done, network.admin, "directory")
    assert all(each["redacted"] for each in found["services"][0]["mentions"])
    after = (await network.get(f"/questions/{question['id']}")).json()
    assert (after["title"], after["text"]) == ("Vem kan […]?", "Fråga […] ([…]) på CSN.")
    assert (await network.get(f"/practices/{kept['id']}")).json()["text"] == "Av […]."


async def test_what_others_are_called_as_well_is_listed_and_left(network: Network) -> None:
    names = {"given_name": "Anna", "family_name": "Andersson"}
    [me, _] = await network.hire("csn", staff("me", **names), staff("namesake", **names))
    [other] = await network.hire("spv", staff("other", roles=("upphandlare",)))
    body = {"title": "Tack Anna Andersson", "text": "?", "roles": ["upphandlare"]}
    question = (await network.http.post(f"{V1}/questions", json=body, headers=signed_in(other, "spv"))).json()
    path = f"{V1}/people/{me}/erasure"
    done = (await network.http.post(path, json={"dry_run": False}, headers=network.admin)).json()["request"]
    found = await answered(network, done, network.admin, "directory")
    [mention] = found["services"][0]["mentions"]
    assert not mention["redacted"]
    assert (await network.get(f"/questions/{question['id']}")).json()["title"] == body["title"]


async def test_the_receipt_of_an_erasure_names_nobody_and_the_services_forget_whom_it_was_about(
    network: Network, settings: ServiceSettings
) -> None:
    [me, boss] = await network.hire("csn", staff("me"), staff("boss"))
    coordinator = await network.coordinate("csn", boss)
    await network.http.post(f"{V1}/people/{me}/export", headers=signed_in(me, "csn"))
    path = f"{V1}/people/{me}/erasure"
    request = (await network.http.post(path, json={"dry_run": False}, headers=coordinator)).json()["request"]
    for service in OTHERS:
        mention = Mention(thing="meeting/1", field="title", redacted=True)
        await says(settings, service, receipt(request, mentions=(mention,)))
    done = await eventually(
        lambda: look(network, request, coordinator), until=lambda found: found["state"] == "done"
    )
    assert done["person_id"] is None
    rows = await network.db.privacy_requests.find({"_id": {"$gt": ""}}).to_list(None)
    assert me not in str(rows)
    listed = await network.http.get(f"{V1}/privacy-requests", headers=coordinator)
    assert [each["kind"] for each in listed.json()["items"]] == ["erasure", "export"]
    assert listed.json()["items"][1]["state"] == "withdrawn"
    heard = await latest(settings, DIRECTORY_PRIVACY)
    assert all(isinstance(each, Gone) for each in heard.values())
    marker = await network.person(me)
    assert marker["gone_at"] < datetime.now(UTC) - timedelta(days=6), "their tombstone is due at once"


async def test_a_service_that_was_away_for_a_day_is_asked_again(
    network: Network, settings: ServiceSettings
) -> None:
    [me] = await network.hire("csn", staff("me"))
    mine = signed_in(me, "csn")
    request = (await network.http.post(f"{V1}/people/{me}/export", headers=mine)).json()["request"]
    await answered(network, request, mine, "directory")
    later = datetime.now(UTC) + timedelta(days=1, minutes=1)
    network.running.service.app.state.clock = lambda: later

    async def version() -> int:
        return (await latest(settings, DIRECTORY_PRIVACY))[request["id"]].version

    await eventually(version, until=lambda found: found == 2)
    much_later = datetime.now(UTC) + timedelta(days=8)
    network.running.service.app.state.clock = lambda: much_later
    found = await eventually(
        lambda: look(network, request, mine), until=lambda found: found["state"] != "open"
    )
    assert found["state"] == "expired"

"""Every route of the directory × everybody (O2, D16, D24): what HTTP.md and FEATURES.md promise, by hand."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.directory.agencies.handlers import agencies
from services.directory.app import SPEC
from services.directory.upkeep.handlers import upkeep
from services.directory.upkeep.store import upkeep as store
from shared.auth import digest
from shared.settings import ServiceSettings
from tests import authorisation
from tests.directory.network import Network, fields, staff
from tests.directory.scim.idp import user
from tests.everybody import the_others
from tests.harness import eventually, signed_in
from tests.privacy import nothing_elsewhere

# Everything belongs to bolagsverket, and there to `owner`: the person, who asked, who convenes. `member` is a
# colleague of theirs, `other` csn's coordinator, `steering` on the committee from spv, `system-2` csn's system.
CALLERS = ["nobody", "member", "owner", "coordinator", "other", "steering", "system", "system-2", "admin"]
ROWS = authorisation.table(
    "directory",
    CALLERS,
    # nobody member owner coordinator other steering system system-2 admin, from left to right
    """
    GET    /directory/v1/confirmations/{secret}              ok  ok  ok  ok  ok  ok  ok  ok  ok
    POST   /directory/v1/confirmations/{secret}              ok  ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/people                              401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/people/{person_id}                  401 ok  ok  ok  ok  ok  ok  ok  ok
    PATCH  /directory/v1/people/{person_id}                  401 403 ok  ok  403 403 403 403 403
    GET    /directory/v1/people/{person_id}/history          401 403 ok  ok  403 403 ok  403 403
    GET    /directory/v1/people/{person_id}/peers            401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/people/{person_id}/card             401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/people/{person_id}/overview         401 403 ok  403 403 403 403 403 403
    POST   /directory/v1/people/{person_id}/export           401 403 ok  ok  403 403 403 403 ok
    POST   /directory/v1/people/{person_id}/erasure          401 403 ok  ok  403 403 403 403 ok
    GET    /directory/v1/privacy-requests                    401 ok  ok  ok  ok  ok  403 403 ok
    GET    /directory/v1/privacy-requests/{request_id}       401 404 ok  ok  404 404 404 404 ok
    GET    /directory/v1/privacy-requests/{request_id}/export 401 404 ok ok  404 404 404 404 ok
    GET    /directory/v1/phone-list                          401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/lone-specialists                    401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/network-figures                     401 403 403 403 403 ok  403 403 403
    GET    /directory/v1/retention                           401 ok  ok  ok  ok  ok  ok  ok  ok

    GET    /directory/v1/corrections                         401 ok  ok  ok  ok  ok  ok  ok  ok
    POST   /directory/v1/corrections                         401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/corrections/{correction_id}         401 404 ok  ok  404 404 ok  404 404
    POST   /directory/v1/corrections/{correction_id}/decision 401 404 403 ok 404 404 403 404 404

    GET    /directory/v1/groups                              401 ok  ok  ok  ok  ok  ok  ok  ok
    POST   /directory/v1/groups                              401 403 ok  ok  403 403 ok  403 403
    GET    /directory/v1/groups/{group_id}                   401 ok  ok  ok  ok  ok  ok  ok  ok
    PATCH  /directory/v1/groups/{group_id}                   401 403 ok  ok  403 403 ok  403 403
    PUT    /directory/v1/groups/{group_id}/members/{person_id} 401 ok ok ok 403 403 ok  403 403
    DELETE /directory/v1/groups/{group_id}/members/{person_id} 401 ok ok ok 403 403 ok  403 403
    GET    /directory/v1/groups/{group_id}/decisions         401 ok  ok  ok  ok  ok  ok  ok  ok
    POST   /directory/v1/groups/{group_id}/decisions         401 403 ok  ok  403 403 ok  403 403

    GET    /directory/v1/questions                           401 ok  ok  ok  ok  ok  ok  ok  ok
    POST   /directory/v1/questions                           401 403 ok  ok  403 403 ok  403 403
    GET    /directory/v1/questions/{question_id}             401 ok  ok  ok  ok  ok  ok  ok  ok
    POST   /directory/v1/questions/{question_id}/answers     401 403 ok  ok  403 403 ok  403 403
    POST   /directory/v1/answers/{answer_id}/accept          401 403 ok  ok  403 403 ok  403 403
    POST   /directory/v1/questions/{question_id}/closure     401 403 ok  ok  403 403 ok  403 403

    GET    /directory/v1/practice-topics                     401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/practices                           401 ok  ok  ok  ok  ok  ok  ok  ok
    POST   /directory/v1/practices                           401 403 ok  ok  403 403 ok  403 403
    GET    /directory/v1/practices/compare                   401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/practices/{practice_id}             401 ok  ok  ok  ok  ok  ok  ok  ok
    PATCH  /directory/v1/practices/{practice_id}             401 403 ok  ok  403 403 ok  403 403
    POST   /directory/v1/practices/{practice_id}/adoptions        401 403 ok  ok  403 403 ok  403 403

    GET    /directory/v1/roles                               401 ok  ok  ok  ok  ok  ok  ok  ok
    GET    /directory/v1/role-mappings                       401 403 403 ok  403 403 ok  403 ok
    PUT    /directory/v1/role-mappings/{slug}/{word:path}    401 403 403 ok  403 403 ok  403 ok
    DELETE /directory/v1/role-mappings/{slug}/{word:path}    401 403 403 ok  403 403 ok  403 ok
    GET    /directory/v1/specialty-mappings                  401 403 403 ok  403 403 ok  403 ok
    PUT    /directory/v1/specialty-mappings/{slug}/{word:path} 401 403 403 ok 403 403 ok 403 ok
    DELETE /directory/v1/specialty-mappings/{slug}/{word:path} 401 403 403 ok 403 403 ok 403 ok
    GET    /directory/v1/agencies/{slug}/unmapped            401 403 403 ok  403 403 ok  403 ok
    GET    /directory/v1/agencies/{slug}/completeness        401 403 403 ok  403 403 ok  403 ok
    GET    /directory/v1/agencies/{slug}/feed                401 403 403 ok  403 403 ok  403 ok
    POST   /directory/v1/agencies/{slug}/feed/version-resets 401 403 403 ok  403 403 403 403 403
    GET    /directory/v1/agencies/{slug}/refused             401 403 403 ok  403 403 403 403 403

    GET    /directory/v1/agencies                            401 ok  ok  ok  ok  ok  ok  ok  ok
    POST   /directory/v1/agencies                            401 403 403 403 403 403 403 403 ok
    GET    /directory/v1/agencies/{slug}                     401 ok  ok  ok  ok  ok  ok  ok  ok
    PATCH  /directory/v1/agencies/{slug}                     401 403 403 ok  403 403 ok  403 ok
    GET    /directory/v1/agencies/{slug}/tokens              401 403 403 ok  403 403 ok  403 ok
    POST   /directory/v1/agencies/{slug}/tokens              401 403 403 ok  403 403 ok  403 ok
    DELETE /directory/v1/agencies/{slug}/tokens/{token_id}   401 403 403 ok  403 403 ok  403 ok

    POST   /directory/v1/staff-records                       401 403 403 403 403 403 ok  ok  403
    POST   /directory/v1/imports                             401 403 403 ok  ok  403 ok  ok  403
    GET    /directory/v1/imports                             401 403 403 ok  ok  403 ok  ok  403
    POST   /directory/v1/imports/{import_id}/repetitions     401 403 403 ok  404 403 ok  404 403
    POST   /directory/v1/imports/{import_id}/cancellation    401 403 403 ok  404 403 ok  404 403
    GET    /directory/v1/imports/{import_id}                 401 403 403 ok  404 403 ok  404 403
    GET    /directory/v1/imports/{import_id}/report          401 403 403 ok  404 403 ok  404 403
    GET    /directory/v1/mass-leaves                         401 403 403 ok  404 404 403 404 ok
    GET    /directory/v1/mass-leaves/{mass_leave_id}         401 403 403 ok  404 404 403 404 ok
    POST   /directory/v1/mass-leaves/{mass_leave_id}/decision 401 403 403 ok 404 404 403 404 ok

    GET    /directory/v1/audit-entries                       401 403 403 ok  404 404 403 404 ok

    GET    /scim/v2{path:path}                               401 403 403 403 403 403 ok  404 403
    POST   /scim/v2{path:path}                               401 403 403 403 403 403 ok  ok  403
    PUT    /scim/v2{path:path}                               401 403 403 403 403 403 ok  404 403
    PATCH  /scim/v2{path:path}                               401 403 403 403 403 403 ok  404 403
    DELETE /scim/v2{path:path}                               401 403 403 403 403 403 ok  404 403

    POST   /directory/v1/agencies/{slug}/departure           401 403 403 ok  404 404 403 403 ok
    GET    /directory/v1/departures/{departure_id}           401 403 403 ok  404 404 403 403 ok
    GET    /directory/v1/departures/{departure_id}/archive   401 403 403 ok  404 404 403 403 ok
    POST   /directory/v1/departures/{departure_id}/completion 401 403 403 ok 404 404 403 403 ok
    """,
)
EMPLOYEES = {"member": "bolagsverket", "owner": "bolagsverket", "coordinator": "bolagsverket"} | {
    "other": "csn",
    "steering": "spv",
}
V1 = "/directory/v1"
MEMBER = f"{V1}/groups/{{group_id}}/members/{{person_id}}"


def test_d24_every_route_of_the_directory_has_its_row_and_every_row_its_route() -> None:
    assert not authorisation.missing_and_unknown(SPEC, ROWS)


@pytest.mark.ci
async def test_d24_everybody_gets_of_the_directory_what_is_theirs_and_nothing_else(
    network: Network, settings: ServiceSettings
) -> None:
    people = await everybody(network)
    callers = {name: signed_in(people[name], slug) for name, slug in EMPLOYEES.items()}
    callers |= {"nobody": {}, "system": network.tokens["bolagsverket"], "system-2": network.tokens["csn"]}
    callers["admin"] = network.admin
    # An archive is whole when every service has answered.
    async with the_others(settings):
        things = await one_of_each(network, people)
        found = await authorisation.surprises(
            network.http, ROWS, callers, things, requests(things), ahead(network, things)
        )
    assert not found, "\n" + "\n".join(found)


async def everybody(network: Network) -> dict[str, str]:
    people: dict[str, str] = {}
    for name, slug in EMPLOYEES.items():
        roles = ("upphandlare",) if name in {"owner", "other"} else ()
        (people[name],) = await network.hire(slug, staff(name, roles=roles, family_name=name.title()))
    await network.coordinate("bolagsverket", people["coordinator"])
    await network.coordinate("csn", people["other"])

    async def appoint(tx: Any) -> None:
        spv = await agencies.load_agency(tx, "spv")
        await agencies.change_agency(tx, spv, {"steering": [people["steering"]]})

    await network.running.mongo.transact(appoint)
    await eventually(lambda: network.names(q="upphandlare"), until=lambda names: len(names) == 2)
    return people


async def one_of_each(network: Network, people: dict[str, str]) -> dict[str, str]:
    owner = signed_in(people["owner"], "bolagsverket")
    office = network.tokens["bolagsverket"]
    things = {"person_id": people["owner"], "slug": "bolagsverket", "word": "Ordmakare"}

    async def make(name: str, path: str, body: Any, by: dict[str, str] = owner, **more: Any) -> None:
        answer = await network.http.post(f"{V1}{path}", json=body, headers=by, **more)
        assert answer.is_success, answer.text
        things[name] = answer.json()["id"]

    correction = {"person_id": people["owner"], "field": "title", "value": "Inköpschef"}
    await make("correction_id", "/corrections", correction)
    await make("group_id", "/groups", {"name": "Löpning"})
    await make(
        "question_id", "/questions", {"title": "Hur?", "text": "Hur gör ni?", "roles": ["upphandlare"]}
    )
    other = signed_in(people["other"], "csn")
    await make("answer_id", f"/questions/{things['question_id']}/answers", {"text": "Så."}, other)
    await make("practice_id", "/practices", {"title": "Så", "topic": "friskvård", "text": "Så här."})
    await make("token_id", "/agencies/bolagsverket/tokens", {"name": "a", "scopes": ["staff:write"]}, office)
    theirs = {"title": "Då", "topic": "friskvård", "text": "Så här."}
    await make("their_practice", "/practices", theirs, other)
    theirs = {"title": "Var?", "text": "Var?", "roles": ["upphandlare"]}
    await make("their_question", "/questions", theirs, other)
    things["import_id"] = (await network.http.post(f"{V1}/imports", headers=office, **a_file())).json()["id"]
    things["secret"] = await a_confirmation(network, people["owner"])
    things["colleague"] = people["member"]
    things["mass_leave_id"] = await a_mass_leave(network)
    export = await network.http.post(f"{V1}/people/{people['owner']}/export", headers=owner)
    things["request_id"] = export.json()["request"]["id"]
    await make("departure_id", "/agencies/bolagsverket/departure", None, network.admin)
    await nothing_elsewhere(network.running.service.settings, network.db)
    for path in (f"/departures/{things['departure_id']}/archive", f"/people/{things['person_id']}/card"):

        async def ready(path: str = path) -> int:
            return (await network.get(path, network.admin)).status_code

        await eventually(ready, until=lambda status: status == 200)
    return things


async def a_confirmation(network: Network, person: str) -> str:
    """The secret of the link that asks half a year from now whether all is still right."""
    await upkeep.plan_questions(network.running.mongo, datetime.now(UTC))
    later, secret = datetime.now(UTC) + timedelta(days=181), secrets.token_urlsafe(32)
    ask = partial(
        store.ask, person_id=person, now=later, due_at=later, sha256=digest(secret), expires_at=later
    )
    assert await network.running.mongo.transact(ask)
    return secret


async def a_mass_leave(network: Network) -> str:
    crowd = [f"e{n}" for n in range(12)]
    await network.hire("bolagsverket", *[staff(each) for each in crowd])
    gone = [staff(each, status="left").model_dump(mode="json", by_alias=True) for each in crowd[:7]]
    answer = await network.http.post(
        f"{V1}/staff-records", json={"records": gone}, headers=network.tokens["bolagsverket"]
    )
    assert answer.json()["results"][0]["result"] == "held", answer.text
    found = await network.get("/mass-leaves", network.admin, agency="bolagsverket")
    return found.json()["items"][0]["id"]


def a_file() -> dict[str, Any]:
    text = "anställningsnummer;förnamn;efternamn\ne1;Åsa;Öberg\n"
    return {"files": {"file": ("export.csv", text.encode(), "text/csv")}, "data": {"dry_run": "true"}}


def requests(things: dict[str, str]) -> dict[str, Any]:
    """What is sent, where a path alone won't do. Whoever speaks, speaks for the owner."""
    person = things["person_id"]
    record = staff("annan").model_dump(mode="json", by_alias=True)
    bodies: dict[str, Any] = {
        "PATCH /people/{person_id}": {"ask_me_about": ["e-faktura"]},
        "POST /people/{person_id}/erasure": {"dry_run": True},
        "POST /corrections": {"person_id": person, "field": "title", "value": "Jurist"},
        "POST /corrections/{correction_id}/decision": {"decision": "accepted"},
        "POST /agencies/{slug}/feed/version-resets": {"employee_ids": ["rutan"]},
        "POST /groups": {"name": "Kör", "owner_id": person},
        "PATCH /groups/{group_id}": {"purpose": "Vi springer"},
        "POST /groups/{group_id}/decisions": {"text": "Vi börjar."},
        "POST /questions": {"title": "När?", "text": "När?", "roles": ["upphandlare"], "asker_id": person},
        "POST /questions/{question_id}/answers": {"text": "Så.", "person_id": person},
        "POST /practices": {"title": "Nu", "topic": "friskvård", "text": "Så här.", "owner_id": person},
        "PATCH /practices/{practice_id}": {"text": "Bättre så här."},
        "POST /practices/{practice_id}/adoptions": {"owner_id": person},
        "PUT /role-mappings/{slug}/{word:path}": {"code": "upphandlare"},
        "PUT /specialty-mappings/{slug}/{word:path}": {"specialty": "ramavtal"},
        "POST /agencies": {"slug": "ny", **fields("ny")},
        "PATCH /agencies/{slug}": {"places": ["Sundsvall", "Karlstad"]},
        "POST /agencies/{slug}/tokens": {"name": "ny", "scopes": ["directory:read"]},
        "POST /staff-records": {"records": [record]},
        "POST /imports/{import_id}/repetitions": {"dry_run": True},
        "POST /mass-leaves/{mass_leave_id}/decision": {"decision": "refuse"},
        "POST /departures/{departure_id}/completion": {"agency": "bolagsverket"},
    }
    asked: dict[str, Any] = {f"GET {V1}/phone-list": {"params": {"role": "upphandlare"}}}
    asked[f"GET {V1}/practices/compare"] = {"params": {"topic": "friskvård"}}
    for listed in ("role-mappings", "specialty-mappings", "mass-leaves", "audit-entries"):
        asked[f"GET {V1}/{listed}"] = {"params": {"agency": "bolagsverket"}}
    asked[f"POST {V1}/imports"] = a_file()
    scim = {"PUT": user(), "PATCH": A_PATCH, "POST": user("ny")}
    asked |= {f"{method} /scim/v2{{path:path}}": {"json": body} for method, body in scim.items()}
    asked |= {route.replace(" ", f" {V1}", 1): {"json": body} for route, body in bodies.items()}
    for method in ("PUT", "DELETE"):
        asked[f"{method} {MEMBER}"] = {"where": {"person_id": things["colleague"]}}
    # Nobody answers their own question or takes over their own practice.
    asked[f"POST {V1}/questions/{{question_id}}/answers"]["where"] = {"question_id": things["their_question"]}
    asked[f"POST {V1}/practices/{{practice_id}}/adoptions"]["where"] = {
        "practice_id": things["their_practice"]
    }
    return asked


A_PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "title", "value": "Jurist"}],
}


def ahead(network: Network, things: dict[str, str]) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is put there before each request that may take it away."""
    office = network.tokens["bolagsverket"]

    def by(method: str, path: str, body: Any = None) -> Callable[[], Awaitable[object]]:
        async def work() -> Any:
            answer = await network.http.request(method, path.format(**things), json=body, headers=office)
            assert answer.is_success, answer.text
            return answer.json()

        return work

    async def token() -> None:
        new = {"name": "kort", "scopes": ["staff:write"]}
        things["token_id"] = (await by("POST", f"{V1}/agencies/bolagsverket/tokens", new)())["id"]

    async def account() -> None:
        new = user(f"konto{len(things)}")
        things["path"] = f"/Users/{(await by('POST', '/scim/v2/Users', new)())['id']}"
        things[things["path"]] = "made"

    async def accounts() -> None:
        things["path"] = "/Users"

    role, specialty = (f"{V1}/{what}-mappings/{{slug}}/{{word}}" for what in ("role", "specialty"))
    scim = {f"{method} /scim/v2{{path:path}}": account for method in ("GET", "PUT", "PATCH", "DELETE")}
    return {
        f"DELETE {MEMBER}": by("PUT", MEMBER.replace("person_id", "colleague")),
        "POST /scim/v2{path:path}": accounts,
        f"DELETE {V1}/role-mappings/{{slug}}/{{word:path}}": by("PUT", role, {"code": "upphandlare"}),
        f"DELETE {V1}/specialty-mappings/{{slug}}/{{word:path}}": by(
            "PUT", specialty, {"specialty": "ramavtal"}
        ),
        f"DELETE {V1}/agencies/{{slug}}/tokens/{{token_id}}": token,
        **scim,
    }

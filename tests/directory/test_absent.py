"""Things that nobody in particular made, or that are about somebody who may not be seen × everybody (issue 25).

Two systems have no person's id, and an erased person's id is gone: what is absent on both sides is not the same.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared import auth
from tests import authorisation
from tests.directory.network import Network, staff
from tests.directory.test_authorisation import CALLERS, EMPLOYEES, everybody
from tests.harness import SIGNING_KEY, signed_in, system

V1 = "/directory/v1"
# All of them are about somebody at bolagsverket. `their_system` is what csn's system proposed, `erased` what
# somebody of csn's did who is erased, and `protected` is about a colleague with protected identity.
ROWS = authorisation.table(
    "directory",
    CALLERS,
    # nobody member owner coordinator other steering system system-2 admin, from left to right
    """
    GET    /directory/v1/corrections/{their_system}           401 404 404 ok  404 404 ok  ok  ok
    GET    /directory/v1/corrections/{own_system}             401 404 404 ok  404 404 ok  404 404
    GET    /directory/v1/corrections/{erased}                 401 404 404 ok  404 404 ok  404 404
    GET    /directory/v1/corrections/{protected}              401 404 404 ok  404 404 ok  404 404
    GET    /directory/v1/corrections?mine=true                401 none ok none none none ok ok ok
    GET    /directory/v1/corrections?person={hidden}          401 none none ok none none ok none none
    GET    /directory/v1/people/{hidden}                      401 404 404 ok  404 404 ok  404 404
    POST   /directory/v1/corrections/{protected}/decision     401 404 404 ok  404 404 403 404 404
    POST   /directory/v1/corrections/{erased}/decision        401 404 404 ok  404 404 403 404 404
    POST   /directory/v1/corrections/{own_system}/decision    401 404 404 ok  404 404 403 404 404
    """,
)
OF_ALL = {f"GET {path}" for path in ("/healthz", "/readyz", "/metrics", f"{V1}/api-info")}


@pytest.mark.ci
async def test_what_nobody_in_particular_made_is_not_everybodys(network: Network) -> None:
    people = await everybody(network)
    callers = {name: signed_in(people[name], slug) for name, slug in EMPLOYEES.items()}
    callers |= {"nobody": {}, "system": network.tokens["bolagsverket"], "system-2": network.tokens["csn"]}
    # Of csn too: the network's own token was made there.
    callers["admin"] = network.admin
    things = await proposed(network, people)
    rows = {route: row for route, row in ROWS.items() if route not in OF_ALL}
    decision = {"json": {"decision": "rejected"}}
    requests = {route: decision for route in rows if route.startswith("POST")}
    found = await authorisation.surprises(network.http, rows, callers, things, requests, {})
    assert not found, "\n" + "\n".join(found)


async def proposed(network: Network, people: dict[str, str]) -> dict[str, str]:
    [hidden] = await network.hire("bolagsverket", staff("hidden", protected=True, family_name="Dold"))
    [leaver] = await network.hire("csn", staff("leaver"))
    mine = signed_in(people["owner"], "bolagsverket")
    about = people["owner"]
    things = {
        "hidden": hidden,
        "their_system": await propose(network, about, network.tokens["csn"]),
        "own_system": await propose(network, about, network.tokens["bolagsverket"]),
        "erased": await propose(network, about, signed_in(leaver, "csn")),
        "protected": await propose(network, hidden, network.tokens["bolagsverket"]),
        "own": await propose(network, about, mine),
    }
    erased = await network.http.post(
        f"{V1}/people/{leaver}/erasure", json={"dry_run": False}, headers=network.admin
    )
    assert erased.status_code == 200, erased.text
    return things


async def propose(network: Network, person: str, by: dict[str, str]) -> str:
    body = {"person_id": person, "field": "family_name", "value": "Nyqvist", "comment": "Har gift sig"}
    answer = await network.http.post(f"{V1}/corrections", json=body, headers=by)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_system_follows_what_its_own_agency_proposed_and_no_more(network: Network) -> None:
    people = await everybody(network)
    things = await proposed(network, people)
    for slug, own in (("csn", "their_system"), ("bolagsverket", "own_system"), ("spv", "")):
        found = (await network.get("/corrections", network.tokens[slug], mine="true")).json()["items"]
        expected = {things[own]} if own else set()
        assert {one["id"] for one in found} >= expected, slug
        assert not {one["id"] for one in found} & (set(things.values()) - expected - own_of(slug, things))


def own_of(slug: str, things: dict[str, str]) -> set[str]:
    return {things["protected"]} if slug == "bolagsverket" else set()


async def test_who_proposed_is_not_named_once_they_may_not_be(network: Network) -> None:
    people = await everybody(network)
    [proposer] = await network.hire("csn", staff("proposer"))
    id_ = await propose(network, people["owner"], signed_in(proposer, "csn"))
    coordinator = signed_in(people["coordinator"], "bolagsverket")
    assert (await network.get(f"/corrections/{id_}", coordinator)).json()["proposer_id"] == proposer
    await network.hire("csn", staff("proposer", protected=True))
    shown: Any = (await network.get(f"/corrections/{id_}", coordinator)).json()
    assert shown["proposer_id"] is None
    assert (await network.get(f"/corrections/{id_}", signed_in(proposer, "csn"))).json()[
        "proposer_id"
    ] == proposer


async def test_whoever_coordinated_before_reads_nothing_of_a_protected_person(network: Network) -> None:
    people = await everybody(network)
    [hidden] = await network.hire("bolagsverket", staff("hidden", protected=True, family_name="Dold"))
    before = signed_in(people["coordinator"], "bolagsverket")
    id_ = await propose(network, hidden, before)
    await network.coordinate("bolagsverket", people["owner"])
    # Not the token that the directory has just seen.
    now = datetime.now(UTC)
    again = system(auth.person_token(SIGNING_KEY, people["coordinator"], "bolagsverket", now, seconds=60))
    shown = (await network.get(f"/corrections/{id_}", again)).json()
    assert (shown["value"], shown["comment"], shown["now"]) == (None, "", None)

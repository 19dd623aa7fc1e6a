"""Who may do what, as a table: every route of a running service is asked by everybody.

A cell is `ok` (let in, whatever the request then comes to), `none` (a list with nothing in it), 401, 403 or
404. So that a 404 means hidden and not missing, somebody in each row must have got what they asked for.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.service import Service, Spec
from shared.settings import ServiceSettings
from shared.web.policy import routes
from tests.harness import (
    Running,
    a_person,
    an_agency,
    eventually,
    publish,
    publish_agencies,
    running,
    signed_in,
    system,
)

Row = dict[str, str]
Request = dict[str, Any]
REFUSALS = {401, 403, 404}
OPERATIONS = """
    GET    /docs                            {public}
    GET    /openapi.json                    {public}
    GET    /problems                        {public}
    GET    /problems/{code}                 {public}
    GET    /healthz                         {public}
    GET    /readyz                          {public}
    GET    /metrics                         {public}
    GET    /{service}/v1/api-info           {public}
"""


def table(service: str, callers: Iterable[str], text: str) -> dict[str, Row]:
    """Route to what each caller is answered; the routes that every service has are everybody's."""
    names = tuple(callers)
    common = OPERATIONS.replace("{service}", service).replace("{public}", " ok" * len(names))
    found: dict[str, Row] = {}
    for line in [*text.splitlines(), *common.splitlines()]:
        method, path, *cells = line.split() or ("", "")
        if method:
            assert f"{method} {path}" not in found, f"two rows of {method} {path}"
            found[f"{method} {path}"] = dict(zip(names, cells, strict=True))
    return found


def missing_and_unknown(spec: Spec, rows: Iterable[str]) -> set[str]:
    """Routes without a row, and rows without a route."""
    app = Service(spec, ServiceSettings()).app
    known = {f"{method} {route.path}" for route in routes(app) for method in route.methods or ()}
    return known ^ set(rows)


async def surprises(
    http: Any,
    rows: Mapping[str, Row],
    callers: Mapping[str, dict[str, str]],
    things: Mapping[str, str],
    requests: Mapping[str, Request],
    before: Mapping[str, Callable[[], Awaitable[object]]],
) -> list[str]:
    """Every cell that is answered otherwise, those refused asked first: what is allowed changes things.

    `where` in a request takes the place of some of `things` in its path; the rest goes to the client.
    """
    found: list[str] = []
    for route, row in rows.items():
        method, path = route.split()
        got_it = False
        for caller in sorted(row, key=lambda name: row[name] == "ok"):
            if prepare := before.get(route):
                await prepare()
            asked = dict(requests.get(route, {}))
            where = {"code": "no-valid-token", **things, **asked.pop("where", {})}
            address = path.replace(":path}", "}").format(**where)
            headers = {**asked.pop("headers", {}), **callers[caller]}
            answer = await http.request(method, address, headers=headers, **asked)
            status = answer.status_code
            seen = str(status) if status in REFUSALS or status >= 500 else "ok"
            if row[caller] == "none" and status == 200 and answer.json()["items"] == []:
                seen = "none"
            got_it = got_it or answer.is_success
            if seen != row[caller]:
                found.append(f"{route}: {caller} got {status}, not {row[caller]}: {answer.text[:300]}")
        if not got_it:
            found.append(f"{route}: nobody got it, so a refusal may mean anything: {answer.text[:300]}")
    return found


CALLERS = ["nobody", "member", "convenor", "coordinator", "other", "steering", "system", "system-2"]
PEOPLE = {
    name: a_person(agency, name)
    for name, agency in {
        "member": "bolagsverket",
        "convenor": "bolagsverket",
        "coordinator": "bolagsverket",
        "other": "csn",
        "steering": "spv",
    }.items()
}


@dataclass
class Stage:
    """A service that knows these people: `other` coordinates csn, `steering` is on the committee from spv."""

    running: Running
    callers: dict[str, dict[str, str]]

    async def ask(self, caller: str, method: str, path: str, body: Any = None) -> Any:
        headers = self.callers[caller]
        answer = await self.running.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer


@asynccontextmanager
async def a_stage(spec: Spec, settings: ServiceSettings) -> AsyncIterator[Stage]:
    tokens = await publish_agencies(
        settings,
        an_agency("bolagsverket", coordinators=(PEOPLE["coordinator"].id,)),
        an_agency("csn", coordinators=(PEOPLE["other"].id,)),
        an_agency("spv", steering=(PEOPLE["steering"].id,)),
    )
    await publish(settings, DIRECTORY_PEOPLE, *PEOPLE.values())
    callers = {name: signed_in(person.id, person.agency) for name, person in PEOPLE.items()}
    callers |= {"nobody": {}, "system": system(tokens["bolagsverket"]), "system-2": system(tokens["csn"])}
    async with running(spec, settings) as service:
        for collection, wanted in ("agencies", len(tokens)), ("people", len(PEOPLE)):

            async def known(collection: str = collection) -> int:
                return await service.mongo.db[collection].count_documents({}, hint="_id_")

            await eventually(known, until=lambda count, wanted=wanted: count == wanted)
        yield Stage(service, callers)

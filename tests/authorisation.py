"""Who may do what, as a table: every route of a running service is asked by everybody.

A cell is `ok` (let in, whatever the request then comes to), 401, 403 or 404. So that a 404 means hidden and
not missing, somebody in each row must have got what they asked for.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from shared.service import Service, Spec
from shared.settings import ServiceSettings
from shared.web.policy import routes

Row = dict[str, str]
Request = dict[str, Any]
REFUSALS = {401, 403, 404}
OPERATIONS = """
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
            where = {**things, **asked.pop("where", {})}
            address = path.replace(":path}", "}").format(**where)
            answer = await http.request(method, address, headers=callers[caller], **asked)
            status = answer.status_code
            seen = str(status) if status in REFUSALS or status >= 500 else "ok"
            got_it = got_it or answer.is_success
            if seen != row[caller]:
                found.append(f"{route}: {caller} got {status}, not {row[caller]}: {answer.text[:300]}")
        if not got_it:
            found.append(f"{route}: nobody got it, so a refusal may mean anything: {answer.text[:300]}")
    return found

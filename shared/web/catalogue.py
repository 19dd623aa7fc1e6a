"""Which problems there are: `GET /problems` of each service, and docs/problems.md for all of them."""

from collections.abc import Iterator, Sequence
from html import escape

from fastapi import APIRouter, Depends, Request, Response

from shared.errors import PROBLEMS, Coded, Refused
from shared.web.docs import HEADERS, whole
from shared.web.policy import public
from shared.web.refusals import NoSuchProblem

Kind = type[Coded]


def kinds(*services: str) -> list[Kind]:
    """What these services and all alike answer with, of what has been imported."""
    homes = ("shared.", *(f"services.{name}." for name in services))
    return sorted(
        (kind for kind in _below(Coded) if "title" in vars(kind) and kind.__module__.startswith(homes)),
        key=lambda kind: kind.code,
    )


def _below(kind: Kind) -> Iterator[Kind]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def status(kind: Kind) -> str:
    """A wrong field is part of another problem and has none of its own."""
    return str(kind.status) if issubclass(kind, Refused) else ""


def pages(service: str) -> APIRouter:
    router = APIRouter(dependencies=[Depends(public)], include_in_schema=False)

    @router.get("/problems")
    async def problems(_request: Request) -> Response:
        return _page(service, kinds(service))

    @router.get("/problems/{code}")
    async def problem(code: str) -> Response:
        found = [kind for kind in kinds(service) if kind.code == code]
        if not found:
            raise NoSuchProblem
        return _page(service, found)

    return router


def _page(service: str, shown: Sequence[Kind]) -> Response:
    rows = "".join(
        f'<tr><td><a href="{PROBLEMS}{kind.code}"><code>{kind.code}</code></a></td>'
        f"<td>{status(kind) or 'field'}</td><td>{escape(kind.title)}</td></tr>\n"
        for kind in shown
    )
    body = (
        f'<h1>Problems of {escape(service)}</h1><p><a href="{PROBLEMS.rstrip("/")}">All of them</a></p>\n'
        f"<table><tr><th>code</th><th>status</th><th>title</th></tr>\n{rows}</table>"
    )
    page = whole(f"Problems of {service}", body)
    return Response(page, media_type="text/html; charset=utf-8", headers=HEADERS)


_OPENING = """# Problems

Every refusal is a problem (RFC 9457). Its `type` is `/problems/<code>`; each service that answers with it
also shows it as a page at that address. A code never changes its meaning. `detail` and `reason` are English
sentences for a person who reads a log, and may change: decide by the code, and word it in your reader's
language. `parameters` holds the values that such words need. Where the status is *field*, the code stands in
`errors[]` beside the field.

`make contracts` writes this page.
"""


def document(services: Sequence[str]) -> str:
    """docs/problems.md."""
    sections = [_OPENING, _section("Every service", kinds())]
    for name in services:
        own = [kind for kind in kinds(name) if kind.__module__.startswith("services.")]
        if own:
            sections.append(_section(name, own))
    return "\n".join(sections)


def _section(title: str, shown: Sequence[Kind]) -> str:
    rows = [
        f"| `{kind.code}` | {status(kind) or 'field'} | {kind.title} | {', '.join(kind.takes)} |\n"
        for kind in shown
    ]
    return f"## {title}\n\n| code | status | title | parameters |\n|---|---|---|---|\n{''.join(rows)}"

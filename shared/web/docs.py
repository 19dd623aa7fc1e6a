"""`/docs`: the description as a page to read, without a program and without anything from elsewhere."""

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from shared.web.policy import public

router = APIRouter(dependencies=[Depends(public)], include_in_schema=False)
_STYLE = (
    ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}"
    "body{max-width:60rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "details{border-top:1px solid GrayText;padding:.5rem 0}summary{cursor:pointer}"
    "code{font-size:.95em}dt{font-weight:600}dd{margin:0 0 .5rem 1.5rem}"
    "td,th{text-align:left;vertical-align:top;padding:.25rem .5rem .25rem 0}th{overflow-wrap:normal}"
    "summary:focus-visible,a:focus-visible{outline:3px solid;outline-offset:2px}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    # Half a second the first time: in a thread, where others go on meanwhile.
    return JSONResponse(await asyncio.to_thread(request.app.openapi))


@router.get("/docs")
async def docs(request: Request) -> Response:
    page = await asyncio.to_thread(lambda: _page(request.app.openapi()))
    return Response(page, media_type="text/html; charset=utf-8", headers=HEADERS)


def _page(described: dict[str, Any]) -> str:
    title = escape(described["info"]["title"])
    parts = "\n".join(_group(tag, described) for tag in _tags(described))
    return whole(
        title,
        f"<h1>{title}</h1><p>{escape(described['info'].get('description', ''))}</p>"
        f'<p><a href="/openapi.json">OpenAPI {escape(described["openapi"])}</a> '
        f'<a href="/problems">Problems / Fel</a></p>\n{parts}',
    )


def whole(title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body><main>{body}</main></body></html>\n"
    )


def _tags(described: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(operation["tags"][0] for _, _, operation in _operations(described)))


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, {"tags": ["other"], **operation}


def _group(tag: str, described: dict[str, Any]) -> str:
    found = (_operation(*each) for each in _operations(described) if each[2]["tags"][0] == tag)
    return f"<section><h2>{escape(tag)}</h2>\n{''.join(found)}</section>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    given = [
        (f"{each['name']} ({each['in']})", each.get("description", ""))
        for each in operation.get("parameters", ())
    ]
    if "requestBody" in operation:
        given += [(kind, _schema(content)) for kind, content in operation["requestBody"]["content"].items()]
    answers = [
        (code, " ".join([answer["description"], *map(_schema, answer.get("content", {}).values())]))
        for code, answer in operation["responses"].items()
    ]
    return (
        f"<details><summary><code>{method} {escape(path)}</code> "
        f"{escape(operation.get('summary', ''))}</summary>"
        f"<p>{escape(operation.get('description', ''))}</p>{_list('Given', given)}{_list('Answers', answers)}"
        "</details>\n"
    )


def _list(title: str, entries: list[tuple[str, str]]) -> str:
    if not entries:
        return ""
    lines = "".join(f"<dt><code>{escape(name)}</code></dt><dd>{escape(said)}</dd>" for name, said in entries)
    return f"<h3>{title}</h3><dl>{lines}</dl>"


def _schema(content: dict[str, Any]) -> str:
    return content.get("schema", {}).get("$ref", "").rpartition("/")[2]

"""What every operation says of its answers, in every service."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from agencynet.access.rules import specs
from shared.contracts.asyncapi import document
from shared.service import Service, Spec
from shared.settings import ServiceSettings

SERVICES = [pytest.param(spec, id=spec.name) for spec in specs()]
PUBLIC = {"/healthz", "/readyz", "/metrics"}


def _app(spec: Spec) -> FastAPI:
    return Service(spec, ServiceSettings(), lambda _: None).app


def _operations(spec: Spec) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in _app(spec).openapi()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@pytest.mark.parametrize("spec", SERVICES)
def test_every_failure_is_declared_as_the_problem_that_it_is(spec: Spec) -> None:
    for method, path, operation in _operations(spec):
        answers = operation["responses"]
        wanted = {"500", "4XX"}
        if operation["security"]:
            wanted |= {"401", "403", "503"}
        if "requestBody" in operation:
            wanted |= {"400", "413", "415", "422", "503"}
        assert wanted <= set(answers), (method, path)
        for code, answer in answers.items():
            if code[0] in "45":
                assert set(answer["content"]) == {"application/problem+json"}, (method, path, code)
                example = answer["content"]["application/problem+json"].get("example")
                assert code == "4XX" or example["type"].startswith("/problems/"), (method, path, code)
            assert answer["description"] not in {"", "Successful Response"}, (method, path, code)
            assert ("Location" in answer.get("headers", {})) == (code in {"201", "202"}), (method, path)


@pytest.mark.parametrize("spec", SERVICES)
def test_every_operation_says_who_may_call_it(spec: Spec) -> None:
    for _, path, operation in _operations(spec):
        assert isinstance(operation["security"], list), path
        if path in PUBLIC or path.endswith("/api-info"):
            assert operation["security"] == []


def test_the_portals_pages_are_not_in_its_description() -> None:
    portal = next(spec for spec in specs() if spec.name == "portal")
    assert {path for _, path, _ in _operations(portal)} == {*PUBLIC, "/portal/v1/api-info"}


@pytest.mark.parametrize("spec", SERVICES)
async def test_the_page_of_the_description_loads_nothing(spec: Spec) -> None:
    transport = httpx2.ASGITransport(app=_app(spec))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        page = await http.get("/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert " src=" not in page.text
    assert "http" not in page.text.replace("HTTP", "").split("</style>", 1)[0]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for _, path, _ in _operations(spec):
        assert f"{path}</code>" in page.text


def test_asyncapi_shows_the_key_and_the_rules_of_each_channel() -> None:
    for name, channel in document()["channels"].items():
        [message] = channel["messages"].values()
        assert message["bindings"]["kafka"]["key"]["description"], name
        assert channel["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"], name
    said = document()["channels"]["staff"]["description"]
    for rule in ("data.employee_id", "`version`", "`source` is any URI", "`protected`", "5 %"):
        assert rule in said

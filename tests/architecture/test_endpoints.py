"""What an endpoint needs stands in its signature (shared/web/needs.py)."""

import ast
from inspect import iscoroutinefunction
from pathlib import Path

import pytest
from fastapi.dependencies.models import Dependant

from agencynet.access.rules import specs
from shared.service import Service, Spec
from shared.settings import ServiceSettings
from shared.web.policy import routes

ROOT = Path(__file__).parents[2]
SERVICES = [pytest.param(spec, id=spec.name) for spec in specs()]
# Its pages still ask by their visit.
NOT_YET = {"portal"}


def dependencies(dependant: Dependant) -> list[object]:
    found: list[object] = []
    for one in dependant.dependencies:
        found += [one.call, *dependencies(one)]
    return found


@pytest.mark.parametrize("spec", SERVICES)
def test_no_dependency_runs_in_a_thread(spec: Spec) -> None:
    for route in routes(Service(spec, ServiceSettings(), lambda _: None).app):
        for call in dependencies(route.dependant):
            asked = call if iscoroutinefunction(call) else type(call).__call__
            assert iscoroutinefunction(asked), (route.path, call)


@pytest.mark.parametrize("spec", SERVICES)
def test_no_endpoint_reaches_into_the_applications_state(spec: Spec) -> None:
    if spec.name in NOT_YET:
        return
    for route in routes(Service(spec, ServiceSettings(), lambda _: None).app):
        endpoint = route.original_route.endpoint  # pyright: ignore[reportAttributeAccessIssue]
        path = Path(endpoint.__code__.co_filename)
        if not path.is_relative_to(ROOT):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef) and node.name == endpoint.__name__:
                assert ".app.state" not in ast.unparse(node), (path.name, node.name)

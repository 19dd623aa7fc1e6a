"""What the structure promises: see DESIGN.md, "The house"."""

import ast
import re
import warnings
from pathlib import Path

import pytest

from services.courses.app import SPEC as COURSES
from services.directory.app import SPEC as DIRECTORY
from services.events.app import SPEC as EVENTS
from services.notify.app import SPEC as NOTIFY
from services.portal.app import SPEC as PORTAL
from shared.contracts.notify import KINDS
from shared.contracts.topics import SERVICES, STAFF_PREFIX, TOPICS
from shared.service import Service, Spec
from shared.settings import ServiceSettings
from shared.web.policy import policies, routes

ROOT = Path(__file__).parents[2]
SPECS = {spec.name: spec for spec in (DIRECTORY, EVENTS, COURSES, NOTIFY, PORTAL)}
SOURCES = sorted(
    path
    for folder in ("shared", "services", "agencynet", "tests/faults")
    for path in (ROOT / folder).rglob("*.py")
)
DRIVERS = {"motor", "pymongo", "bson", "aiokafka"}
PURE = {"rules", "models", "folding", "vocabulary", "worktime"}
FRAMEWORKS = DRIVERS | {"fastapi", "starlette", "aiosmtplib", "uvicorn"}


def imports(path: Path) -> set[str]:
    """Full names of the modules that a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def layer(path: Path) -> str:
    """`handlers` of services/events/handlers/meetings.py, of services/events/handlers.py and of
    services/directory/people/handlers.py.
    """
    owner, place, *below = path.relative_to(ROOT).parts[1:]
    noun = owner == "directory" and below
    return (below[0] if noun else place).removesuffix(".py")


def test_the_services_are_those_that_the_topics_know() -> None:
    assert set(SPECS) == set(SERVICES)


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_route_declares_who_may_call_it(spec: Spec) -> None:
    app = Service(spec, ServiceSettings()).app
    declared = list(routes(app))
    assert len(declared) > 5
    assert all(policies(route) for route in declared)


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_operation_is_described_in_both_languages(spec: Spec) -> None:
    paths = Service(spec, ServiceSettings()).app.openapi()["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert " / " in operation.get("summary", ""), f"{method.upper()} {path} in {spec.name}"


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_operation_has_a_name_of_its_own(spec: Spec) -> None:
    """Programs made from the description call the operations so; FastAPI only warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Service(spec, ServiceSettings()).app.openapi()


def test_every_topic_has_a_producer_and_somebody_who_follows_it() -> None:
    code = {path: path.read_text(encoding="utf-8") for path in SOURCES if "contracts" not in path.parts}
    for name, topic in TOPICS.items():
        if name.endswith(".parked"):
            continue
        constant = name.upper().replace(".", "_")
        used_by = {path.relative_to(ROOT).parts[1] for path, text in code.items() if constant in text}
        if topic.owner != "notify" or topic.kind == "state":
            assert topic.owner in used_by, f"{name} has no producer"
    followed = {s.topic.name for spec in SPECS.values() for s in spec.subscriptions if s.topic}
    assert {"directory.people", "directory.agencies", "notify.requests"} <= followed
    assert any(s.topic is None for s in DIRECTORY.subscriptions), f"nobody follows {STAFF_PREFIX}*"


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_state_topic_can_be_announced_again(spec: Spec) -> None:
    own = {name for name, topic in TOPICS.items() if topic.owner == spec.name and topic.kind == "state"}
    assert {source.topic.name for source in spec.sources} == own


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_collection_that_is_used_is_prepared(spec: Spec) -> None:
    """A collection made inside a transaction would make everybody else's conflict."""
    service = Service(spec, ServiceSettings())
    text = "".join(
        p.read_text(encoding="utf-8")
        for p in SOURCES
        if {spec.name, "shared"} & set(p.relative_to(ROOT).parts)
        # The directory asks; the others follow what it asks.
        and (spec.name != "directory" or p.parent != ROOT / "shared" / "privacy" or p.name == "burials.py")
    )
    used = set(
        re.findall(r"\bdb\.([a-z_]+)\.(?:find|insert|update|replace|delete|bulk|aggregate|count)", text)
    )
    shared_elsewhere = {"collection"}
    assert used - shared_elsewhere <= set(service.indexes), used - set(service.indexes)


def test_what_is_sealed_is_only_ever_added_to() -> None:
    """O2: the audit and its seals are never changed by any code, and taken out of waiting by the sealer alone."""
    removing = re.compile(r"db\.(audit\w*)\.(?:update|replace|delete|find_one_and|bulk_write|drop)\w*")
    found = {
        (match[1], str(path.relative_to(ROOT)))
        for path in SOURCES
        for match in removing.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == {
        ("audit_pending", "shared/audit/sealing.py"),
        ("audit_people", "shared/audit/entries.py"),
    }


def test_only_stores_and_shared_touch_the_drivers() -> None:
    for path in SOURCES:
        relative = path.relative_to(ROOT)
        if relative.parts[0] == "shared":
            continue
        allowed = {"motor", "pymongo", "bson"} if "store" in str(relative) else {"pymongo.errors"}
        touched = {name for name in imports(path) if name.split(".")[0] in DRIVERS}
        extra = {name for name in touched if name not in allowed and name.split(".")[0] not in allowed}
        assert not extra or relative.parts[0] in {"agencynet", "tests"}, f"{relative} imports {extra}"


def test_rules_models_and_contracts_know_no_driver_and_no_framework() -> None:
    for path in SOURCES:
        pure = bool({"contracts", "seats"} & set(path.relative_to(ROOT).parts)) or (
            path.parts[len(ROOT.parts)] == "services"
            and len(path.relative_to(ROOT).parts) > 2
            and layer(path) in PURE
        )
        if pure:
            assert not roots(path) & FRAMEWORKS, path.relative_to(ROOT)


def test_rules_neither_wait_nor_look_at_the_clock() -> None:
    for path in SOURCES:
        relative = path.relative_to(ROOT)
        ours = relative.parts[0] == "services" and len(relative.parts) > 2
        if (ours and layer(path) in PURE - {"models"}) or relative.parts[:2] == ("shared", "seats"):
            text = path.read_text(encoding="utf-8")
            assert "await " not in text, relative
            assert not re.search(r"datetime\.now\(|date\.today\(|time\.time\(", text), relative


def test_no_service_imports_another() -> None:
    for path in SOURCES:
        relative = path.relative_to(ROOT)
        if relative.parts[0] != "services" or len(relative.parts) < 3:
            continue
        others = {name.split(".")[1] for name in imports(path) if name.startswith("services.")}
        assert others <= {relative.parts[1]}, relative


def test_files_are_short_enough_to_hold_in_the_head() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def strings(path: Path) -> set[str]:
    """Every string that a file uses; those in `Literal[...]` are types and ask for nothing."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"
        for inner in ast.walk(node.slice)
    }
    constants = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in types]
    return {node.value for node in constants if isinstance(node.value, str)}


def test_every_kind_of_mail_is_asked_for_by_somebody() -> None:
    # The full name: "invited" and "cancelled" are states, too. Examples and labels name all kinds.
    naming = {"mail", "web"}
    for owner in SERVICES:
        code = [path for path in SOURCES if (ROOT / "services" / owner) in path.parents]
        asked = set().union(*(strings(path) for path in code if not naming & set(path.parts)))
        assert {kind for kind in KINDS if kind.startswith(f"{owner}.")} <= asked
    assert {kind.split(".")[0] for kind in KINDS} <= set(SERVICES)

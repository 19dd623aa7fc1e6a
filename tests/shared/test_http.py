"""What every service's HTTP does alike."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, Request
from joserfc.jwk import ECKey
from pydantic import Field

from shared import auth
from shared.auth import Caller
from shared.consuming.states import Copy
from shared.consuming.subscriptions import Subscription
from shared.contracts.directory import Agency, AgencyToken
from shared.contracts.topics import DIRECTORY_AGENCIES
from shared.errors import Conflict, Invalid, NotFound, WrongField
from shared.mongo import Transaction
from shared.service import Service, Spec
from shared.settings import ServiceSettings
from shared.web import idempotency
from shared.web.fields import Body, Day, Instant
from shared.web.policy import Bearer, NoPolicy
from shared.wrong_fields import IsMissing
from tests.harness import (
    SIGNING_KEY,
    Running,
    an_agency,
    eventually,
    publish,
    publish_agencies,
    running,
    signed_in,
    system,
)

router = APIRouter(prefix="/events/v1")
AGENCIES = Copy(DIRECTORY_AGENCIES, Agency)


class Thing(Body):
    name: str = Field(min_length=1, max_length=20)
    seats: int = Field(ge=1)
    at: Instant | None = None
    day: Day | None = None


@router.post("/things")
async def make_thing(
    request: Request,
    body: Thing,
    caller: Annotated[Caller, Depends(Bearer("events:write"))],
    key: idempotency.Key = None,
) -> Any:
    async def work(tx: Transaction) -> dict[str, Any]:
        found = await tx.db.things.find_one_and_update(
            {"_id": body.name}, {"$inc": {"made": 1}}, upsert=True, return_document=True, session=tx.session
        )
        return {"made": found["made"], "agency": caller.agency}

    return await idempotency.once(request.app.state.mongo, request, caller, key, work)


@router.get("/me")
async def me(caller: Annotated[Caller, Depends(Bearer("events:read", people=True))]) -> dict[str, Any]:
    return {"agency": caller.agency, "person": caller.person_id, "coordinator": caller.coordinator}


class NoSuchThing(NotFound):
    title = "There is no such thing"


class HasBegun(Conflict):
    title = "It has begun"
    takes = ("minutes",)


class IsTooFew(WrongField):
    title = "Is lower than what is taken"


@router.get("/failures/{kind}")
async def fail(kind: str, _caller: Annotated[Caller, Depends(Bearer("events:read"))]) -> None:
    errors: dict[str, Exception] = {
        "missing": NoSuchThing(),
        "late": HasBegun("It began 5 minutes ago.", minutes=5),
        "wrong": Invalid(capacity=IsTooFew(), ends_at=IsMissing("is missing: say when it ends")),
        "bug": ZeroDivisionError("secret inner life"),
    }
    raise errors[kind]


async def on_agencies(tx: Transaction, batch: Any) -> None:
    await AGENCIES.apply(tx, batch)


SPEC = Spec(
    name="events",
    description="for the tests of shared/web",
    indexes={"things": [], "agencies": []},
    subscriptions=(Subscription(DIRECTORY_AGENCIES, on_agencies),),
    routers=(router,),
)


@pytest.fixture
async def service(settings: ServiceSettings) -> AsyncIterator[tuple[Running, dict[str, str]]]:
    async with running(SPEC, settings) as service:
        tokens = await publish_agencies(settings, an_agency("csn", coordinators=("boss",)), an_agency("spv"))
        found = service.mongo.db.agencies.find({"_id": {"$gt": ""}})
        await eventually(lambda: found.clone().to_list(None), until=lambda have: len(have) == 2)
        yield service, system(tokens["csn"])


Started = tuple[Running, dict[str, str]]


async def test_every_wrong_field_is_named_at_once_and_its_content_is_not_repeated(service: Started) -> None:
    running_, csn = service
    sent = {"name": "", "seats": "12", "at": 1764, "day": 5, "sits": 1}
    answer = await running_.http.post("/events/v1/things", json=sent, headers=csn)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {each["field"] for each in answer.json()["errors"]} == {"name", "seats", "at", "day", "sits"}
    assert answer.json()["instance"].removeprefix("urn:uuid:") == answer.headers["x-correlation-id"]


@pytest.mark.parametrize("number", ["1764000000", "0.5", "-1", "1e9"])
async def test_a_number_in_quotes_is_neither_an_instant_nor_a_day(service: Started, number: str) -> None:
    running_, csn = service
    sent = {"name": "Åsa", "seats": 12, "at": number, "day": number}
    answer = await running_.http.post("/events/v1/things", json=sent, headers=csn)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == {"at", "day"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"name": "\xff"}', 400),
        (b"[" * 10_000, 400),
        (b'{"name": "' + b"x" * 1_000_001 + b'"}', 413),
        (b'{"name": "a", "seats": NaN}', 422),
        (b'{"name": "a", "seats": 1e400}', 422),
        (b'{"name": "a", "seats": 1, "$where": "1"}', 422),
        (b"", 422),
    ],
)
async def test_nonsense_gets_a_problem_and_never_a_500(service: Started, body: bytes, status: int) -> None:
    running_, csn = service
    headers = {**csn, "content-type": "application/json"}
    answer = await running_.http.post("/events/v1/things", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_post_sent_again_is_answered_again_and_not_done_again(service: Started) -> None:
    running_, csn = service
    headers = {**csn, "Idempotency-Key": "k1"}

    async def post(name: str, key: dict[str, str]) -> Any:
        return await running_.http.post("/events/v1/things", json={"name": name, "seats": 1}, headers=key)

    first, again = await post("a", headers), await post("a", headers)
    assert first.json() == again.json() == {"made": 1, "agency": "csn"}
    assert again.headers["idempotency-replayed"] == "true"
    assert (await post("b", headers)).status_code == 409
    assert (await post("a", csn)).json()["made"] == 2


async def test_only_a_known_token_with_the_scope_gets_in(service: Started) -> None:
    running_, csn = service
    assert (await running_.http.get("/events/v1/me")).status_code == 401
    assert (await running_.http.get("/events/v1/me", headers=system("agn_x"))).status_code == 401
    assert (await running_.http.get("/events/v1/me", headers=system("ey.x.y"))).status_code == 401
    answer = await running_.http.get("/events/v1/me", headers=csn)
    assert answer.json() == {"agency": "csn", "person": None, "coordinator": False}


async def test_a_revoked_or_expired_token_stops_working(service: Started, settings: ServiceSettings) -> None:
    running_, _ = service
    token, sha256 = auth.new_token()
    expired = AgencyToken(
        sha256=sha256, scopes=("events:read",), expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    await publish(settings, DIRECTORY_AGENCIES, an_agency("spv", version=2, tokens=(expired,)))
    await eventually(lambda: running_.mongo.db.agencies.find_one({"tokens.sha256": sha256}))
    assert (await running_.http.get("/events/v1/me", headers=system(token))).status_code == 401


async def test_a_person_is_known_by_a_signed_token_and_a_coordinator_by_their_agency(
    service: Started,
) -> None:
    running_, _ = service
    boss = await running_.http.get("/events/v1/me", headers=signed_in("boss", "csn"))
    assert boss.json() == {"agency": "csn", "person": "boss", "coordinator": True}
    foreign = await running_.http.get("/events/v1/me", headers=signed_in("boss", "spv"))
    assert not foreign.json()["coordinator"]
    forged_key = ECKey.generate_key("P-256", {"kid": "tests", "alg": "ES256"})
    forged = auth.person_token(forged_key, "boss", "csn", datetime.now(UTC))
    late_key = signed_in("boss", "csn")
    late = auth.person_token(SIGNING_KEY, "boss", "csn", datetime.now(UTC) - timedelta(hours=2))
    for token in (forged, late, late_key["Authorization"][7:-4] + "AAAA"):
        assert (await running_.http.get("/events/v1/me", headers=system(token))).status_code == 401
    people_only = await running_.http.get("/events/v1/failures/late", headers=signed_in("boss", "csn"))
    assert people_only.status_code == 403


@pytest.mark.parametrize(("kind", "status"), [("missing", 404), ("late", 409), ("wrong", 422), ("bug", 500)])
async def test_failures_are_problems_without_an_inner_life(service: Started, kind: str, status: int) -> None:
    running_, csn = service
    answer = await running_.http.get(f"/events/v1/failures/{kind}", headers=csn)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert "secret" not in answer.text
    if kind == "wrong":
        assert {each["field"] for each in answer.json()["errors"]} == {"capacity", "ends_at"}


async def test_each_problem_says_its_code_and_what_its_words_need(service: Started) -> None:
    running_, csn = service
    missing, late, wrong, bug = [
        (await running_.http.get(f"/events/v1/failures/{kind}", headers=csn)).json()
        for kind in ("missing", "late", "wrong", "bug")
    ]
    assert (missing["type"], missing["title"]) == ("/problems/no-such-thing", "There is no such thing")
    assert missing["detail"] == "There is no such thing."
    assert (late["type"], late["detail"]) == ("/problems/has-begun", "It began 5 minutes ago.")
    assert late["parameters"] == {"minutes": 5}
    assert wrong["type"] == "/problems/fields-are-wrong"
    assert {each["field"]: (each["type"], each["reason"]) for each in wrong["errors"]} == {
        "capacity": ("/problems/is-too-few", "is lower than what is taken"),
        "ends_at": ("/problems/is-missing", "is missing: say when it ends"),
    }
    assert bug["type"] == "/problems/our-fault"


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/events/v1/nothing", None, "no-such-path"),
        ("DELETE", "/events/v1/me", None, "method-is-not-allowed"),
        ("POST", "/events/v1/things", b"{", "body-is-not-json"),
        ("POST", "/events/v1/things", b'"' + b"x" * 1_000_001 + b'"', "body-is-too-large"),
        ("POST", "/events/v1/things", b'{"name": ""}', "fields-are-wrong"),
    ],
)
async def test_what_the_framework_refuses_has_a_code_too(
    service: Started, method: str, path: str, body: bytes | None, code: str
) -> None:
    running_, csn = service
    headers = {**csn, "content-type": "application/json"}
    answer = await running_.http.request(method, path, content=body, headers=headers)
    assert answer.json()["type"] == f"/problems/{code}"


async def test_the_type_of_a_problem_leads_to_its_page(service: Started) -> None:
    running_, _ = service
    refused = await running_.http.get("/events/v1/me")
    page = await running_.http.get(refused.json()["type"])
    assert refused.json()["type"] == "/problems/no-valid-token"
    assert "The token is missing, wrong, expired or revoked" in page.text
    assert "/problems/no-such-person" in (await running_.http.get("/problems")).text
    unknown = await running_.http.get("/problems/nothing-of-the-kind")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/no-such-problem")


def test_no_refusal_is_made_without_a_code_or_what_its_words_need() -> None:
    for made in (lambda: HasBegun("It began long ago."), lambda: Conflict("It has begun.")):
        with pytest.raises(TypeError):
            made()


def test_a_route_without_a_policy_keeps_the_service_from_starting() -> None:
    careless = APIRouter()
    careless.add_api_route("/open", lambda: "all there is")
    spec = Spec(name="events", description="", indexes={}, subscriptions=(), routers=(careless,))
    with pytest.raises(NoPolicy, match="/open"):
        Service(spec, ServiceSettings())


async def test_health_says_what_is_stuck(service: Started) -> None:
    running_, _ = service
    assert (await running_.http.get("/readyz")).status_code == 200
    part = running_.service.health.watch("sender", patience=0)
    part.stuck("the mail server does not answer")
    answer = await running_.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == {"sender": "the mail server does not answer"}
    assert (await running_.http.get("/healthz")).status_code == 200
    assert "http_request_seconds" in (await running_.http.get("/metrics")).text

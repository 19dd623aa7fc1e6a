"""D10: tenants, versions, bulk, limits, and nothing half done."""

import asyncio
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.directory.scim import handlers
from tests.directory.network import Network
from tests.directory.scim.idp import BULK, GROUP, IdentityProvider, user
from tests.harness import signed_in

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


async def test_another_agencys_resources_are_not_there(
    network: Network, idp: IdentityProvider, other: IdentityProvider
) -> None:
    mine = await idp.create(user())
    group = await idp.group("Jurister", mine["id"])
    for path in (f"/Users/{mine['id']}", f"/Groups/{group['id']}"):
        for method in ("GET", "DELETE", "PUT"):
            answer = await other.send(method, path, {**mine} if method == "PUT" else None)
            assert answer.status_code == 404, (method, path)
            assert answer.json()["schemas"] == [ERROR]
    assert (await other.read("/Users"))["totalResults"] == 0
    same = await other.create(user())
    assert same["id"] != mine["id"], "the same names and address at two agencies are two people"
    stolen = await other.group("Jurister", mine["id"])
    assert (await network.get(f"/groups/{stolen['id']}")).status_code == 404


async def test_who_calls_without_the_right_token_is_told_so_as_scim_says_it(
    network: Network, idp: IdentityProvider
) -> None:
    for headers, status in (({}, 401), ({"Authorization": "Bearer agn_x"}, 401), (network.admin, 403)):
        answer = await network.http.get("/scim/v2/Users", headers=headers)
        assert (answer.status_code, answer.json()["schemas"]) == (status, [ERROR])
        assert answer.headers["content-type"] == "application/scim+json"
    asa = (await idp.create(user()))["id"]
    assert (await network.http.get("/scim/v2/Users", headers=signed_in(asa, idp.agency))).status_code == 403
    assert (await network.http.get("/scim/v2/ServiceProviderConfig")).status_code == 200


async def test_names_are_an_agencys_own_only_once(network: Network, idp: IdentityProvider) -> None:
    await idp.create(user())
    for again in (user(userName="ASA.OBERG@csn.example", externalId="other"), user(userName="other")):
        answer = await idp.send("POST", "/Users", again)
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert await network.db.people.count_documents({"agency": idp.agency}) == 1


async def test_what_was_changed_meanwhile_is_not_overwritten(network: Network, idp: IdentityProvider) -> None:
    made = await idp.create(user())
    path, seen = f"/Users/{made['id']}", made["meta"]["version"]
    assert (await idp.send("GET", path, **{"If-None-Match": seen})).status_code == 304
    await idp.patch(path, {"op": "replace", "path": "title", "value": "Jurist"}, **{"If-Match": seen})
    for method in ("PUT", "DELETE"):
        answer = await idp.send(method, path, made if method == "PUT" else None, **{"If-Match": seen})
        assert answer.status_code == 412, answer.text
    assert (await idp.read(path))["title"] == "Jurist"


async def test_a_bulk_makes_people_and_the_group_that_refers_to_them(
    network: Network, idp: IdentityProvider
) -> None:
    operations = [
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "g",
            "data": {"schemas": [GROUP], "displayName": "Nya", "members": [{"value": "bulkId:asa"}]},
        },
        {"method": "POST", "path": "/Users", "bulkId": "asa", "data": user("asa")},
        {"method": "POST", "path": "/Users", "bulkId": "twin", "data": user("asa")},
    ]
    body = {"schemas": [BULK], "Operations": operations}
    answer = await idp.send("POST", "/Bulk", body)
    assert answer.status_code == 200, answer.text
    group, asa, twin = answer.json()["Operations"]
    assert [each["status"] for each in (group, asa, twin)] == ["201", "201", "409"]
    members = (await network.get(f"/groups/{group['location'].split('/')[-1]}")).json()["members"]
    assert members == [asa["location"].split("/")[-1]]
    many = {"schemas": [BULK], "Operations": [operations[1]] * 501}
    assert (await idp.send("POST", "/Bulk", many)).status_code == 413


@pytest.mark.parametrize(
    "asked",
    [
        'userName eq "' + "x" * 3_000 + '"',
        "(" * 500 + "title pr" + ")" * 500,
        " or ".join(['title eq "x"'] * 80),
        'title co "\\u0000"',
        "nosuch eq 1",
        'active gt "x"',
    ],
)
async def test_a_filter_that_would_take_long_is_refused_at_once(idp: IdentityProvider, asked: str) -> None:
    for answer in (
        await idp.network.http.get("/scim/v2/Users", params={"filter": asked}, headers=idp.headers),
        await idp.send("POST", "/Users/.search", {"filter": asked}),
    ):
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter"), answer.text


async def test_what_is_too_large_deep_or_no_json_is_refused_as_scim_says_it(idp: IdentityProvider) -> None:
    for body, status in (
        (b"{" + b" " * 1_000_001 + b"}", 413),
        (b"{", 400),
        (b"[]", 400),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b'{"userName": "x", "title": "' + b"t" * 300 + b'", "displayName": "A B"}', 400),
        (b'{"userName": ""}', 400),
    ):
        answer = await idp.network.http.post("/scim/v2/Users", content=body, headers=idp.headers)
        assert (answer.status_code, answer.json()["schemas"]) == (status, [ERROR]), answer.text
    assert (await idp.read("/Users"))["totalResults"] == 0


async def test_a_user_and_the_person_are_kept_together_or_not_at_all(
    network: Network, idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the process had died between the two: the transaction never commits."""
    really = handlers.take_in

    async def dies(*given: Any, **more: Any) -> Any:
        await really(*given, **more)
        raise asyncio.CancelledError

    monkeypatch.setattr(handlers, "take_in", dies)
    with pytest.raises(BaseException):  # noqa: B017, PT011
        await idp.send("POST", "/Users", user())
    monkeypatch.undo()
    assert await network.db.scim_resources.count_documents({"agency": idp.agency, "kind": "User"}) == 0
    assert await network.db.people.count_documents({"agency": idp.agency}) == 0
    assert (await idp.send("POST", "/Users", user())).status_code == 201


async def test_a_database_that_is_away_is_said_with_when_to_come_back(
    idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise AutoReconnect

    monkeypatch.setattr("services.directory.scim.store.find", away)
    answer = await idp.send("GET", "/Users/x")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_password_is_never_kept(network: Network, idp: IdentityProvider) -> None:
    await idp.create(user(password="hemligt-4711"))
    [kept] = await network.db.scim_resources.find({"agency": idp.agency, "kind": "User"}).to_list(None)
    assert "hemligt-4711" not in str(kept)


async def test_pages_and_order_are_as_asked_for(idp: IdentityProvider) -> None:
    for name in ("c", "A", "b"):
        await idp.create(user(name))
    page = await idp.read("/Users", sortBy="userName", startIndex=2, count=1)
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (3, 1, 2)
    assert [each["userName"] for each in page["Resources"]] == ["b@csn.example"]
    down = await idp.read("/Users", sortBy="userName", sortOrder="descending", attributes="userName")
    assert [each["userName"][0] for each in down["Resources"]] == ["c", "b", "A"]
    assert set(down["Resources"][0]) == {"schemas", "id", "userName"}
    assert (await idp.read("/Users", count=0))["totalResults"] == 3

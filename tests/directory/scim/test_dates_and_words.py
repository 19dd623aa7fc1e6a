"""What identity providers send at the edges: the ends of the calendar, odd numbers, wrong values."""

import json
from typing import Any

import pytest

from services.directory.scim.rules import NETWORK
from tests.directory.network import Network
from tests.directory.scim.idp import BULK, PATCH, USER, IdentityProvider, user

DAYS = [
    ("9999-12-31T23:59:59Z", "9999-12-31"),
    ("9999-12-31T23:59:59-14:00", "9999-12-31"),
    ("9999-12-31", "9999-12-31"),
    ("0001-01-01T00:00:00+14:00", "0001-01-01"),
    ("0001-01-01T00:00:00Z", "0001-01-01"),
    ("2026-10-31T23:00:00Z", "2026-11-01"),
    ("2026-11-01T00:00:00", "2026-11-01"),
]
NO_DAYS = ["0000-01-01", "10000-01-01", "2026-02-30", "-0001-01-01", "2026-11-01T25:00:00Z", "i morgon", "  "]


@pytest.mark.parametrize(("sent", "day"), DAYS)
async def test_the_ends_of_the_calendar_are_days(
    network: Network, idp: IdentityProvider, sent: str, day: str
) -> None:
    made = await idp.create(user())
    await idp.patch(f"/Users/{made['id']}", {"op": "add", "path": f"{NETWORK}:employedTo", "value": sent})
    person = await network.db.people.find_one({"_id": made["id"]})
    assert json.loads(person["record"])["employed_to"] == day
    await idp.read("/Users", filter=f'meta.created lt "{sent}"' if "T" in sent else 'title eq "x"')


@pytest.mark.parametrize("sent", NO_DAYS)
async def test_what_is_no_day_is_refused_by_its_name(idp: IdentityProvider, sent: str) -> None:
    made = await idp.create(user())
    operation = {"op": "add", "path": f"{NETWORK}:employedTo", "value": sent}
    answer = await idp.send("PATCH", f"/Users/{made['id']}", {"schemas": [PATCH], "Operations": [operation]})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue"), answer.text
    assert answer.json()["detail"] == "employedTo: is not a day: write it as 2026-11-01"


WRONG: list[dict[str, Any]] = [
    {"title": 4711},
    {"active": "perhaps"},
    {"emails": "asa@csn.example"},
    {"emails": [{"value": "no address", "type": "work"}]},
    {"emails": [{"value": 4711}]},
    {"name": ["Åsa"]},
    {"name": {"givenName": {"hemligt-4711": 1}}},
    {"photos": [{"value": 1}]},
    {"x509Certificates": [{"value": "å"}]},
    {"userName": None},
    {"schemas": "hemligt-4711"},
    {NETWORK: {"protected": "hemligt-4711"}},
    {NETWORK: "hemligt-4711"},
    {"title": "t" * 300},
    {"title": "a\u2028b"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
async def test_no_error_quotes_the_library_or_what_was_sent(
    idp: IdentityProvider, wrong: dict[str, Any]
) -> None:
    made = await idp.create(user("other"))
    body = user(**wrong)
    path = f"/Users/{made['id']}"
    changes = [{"op": "replace", "path": name, "value": value} for name, value in wrong.items()]
    patch = {"schemas": [PATCH], "Operations": changes}
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "x", "data": body},
        {"method": "PUT", "path": path, "data": body},
        {"method": "PATCH", "path": path, "data": patch},
    ]
    answers = [
        await idp.send("POST", "/Users", body),
        await idp.send("PUT", path, body),
        await idp.send("PATCH", path, patch),
        await idp.send("PATCH", path, {"schemas": [PATCH], "Operations": [{"op": "add", "value": wrong}]}),
        await idp.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}),
    ]
    for answer in answers:
        assert answer.status_code < 500, answer.text
        _require_plain(answer.text)


def _require_plain(text: str) -> None:
    for word in ("Input should", "alue error", "pydantic", "type=", "String should", "validation error", "^"):
        assert word not in text, text
    assert "hemligt" not in json.dumps(list(_details(json.loads(text or "{}"))))


def _details(said: Any) -> Any:
    if isinstance(said, dict):
        yield from ([said["detail"]] if "detail" in said else [])
        for each in said.values():
            yield from _details(each)
    elif isinstance(said, list):
        for each in said:
            yield from _details(each)


@pytest.mark.parametrize(
    "number", ["1" + "0" * 30, "9223372036854775808", "1" + "0" * 5_000, "-1", "0", "-" + "9" * 30]
)
async def test_a_page_may_begin_anywhere_and_be_of_any_length(idp: IdentityProvider, number: str) -> None:
    await idp.create(user())
    for params in ({"startIndex": number}, {"count": number}):
        answer = await idp.network.http.get("/scim/v2/Users", params=params, headers=idp.headers)
        if len(number) > 4_000:
            assert answer.status_code == 400
            _require_plain(answer.text)
            continue
        assert answer.status_code == 200, answer.text
        assert answer.json()["totalResults"] == 1
        none = int(number) > 1 if "startIndex" in params else int(number) < 1
        assert len(answer.json().get("Resources") or []) == (0 if none else 1)
    body = await idp.send("POST", "/Users/.search", {"startIndex": int(number[:300]), "count": 5})
    assert body.status_code in {200, 400}
    _require_plain(body.text)


@pytest.mark.parametrize("number", ["x", "", "1.5", "١", "1e3", "0x10", "NaN"])
async def test_what_is_no_number_is_refused_in_plain_words(idp: IdentityProvider, number: str) -> None:
    for name in ("startIndex", "count"):
        answer = await idp.network.http.get("/scim/v2/Users", params={name: number}, headers=idp.headers)
        assert answer.status_code in {200, 400}, answer.text
        _require_plain(answer.text)


async def test_locations_are_those_of_the_configuration_whatever_the_host_says(idp: IdentityProvider) -> None:
    made = await idp.create(user())
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    ):
        for method, path, body in (
            ("GET", f"/Users/{made['id']}", None),
            ("GET", "/Users", None),
            ("GET", "/ResourceTypes", None),
            ("GET", "/Schemas", None),
            ("GET", "/ServiceProviderConfig", None),
            ("PUT", f"/Users/{made['id']}", made),
            ("POST", "/Users", user(f"n{len(headers)}")),
            ("POST", "/Bulk", {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": "/Users/x"}]}),
        ):
            answer = await idp.send(method, path, body, **headers)
            assert answer.status_code < 300, answer.text
            assert "evil.example" not in answer.text + str(answer.headers)
            if path.startswith("/Users/"):
                assert (
                    answer.json()["meta"]["location"] == f"http://127.0.0.1:8001/scim/v2/Users/{made['id']}"
                )


async def test_a_group_posted_while_its_members_are_inactive_appears_when_they_come(
    network: Network, idp: IdentityProvider
) -> None:
    asa = await idp.create(user("asa", active=False))
    room = await idp.create({"schemas": [USER], "userName": "room"})
    group = await idp.group("Jurister", asa["id"], room["id"])
    assert (await network.get(f"/groups/{group['id']}")).status_code == 404
    await idp.patch(f"/Users/{asa['id']}", {"op": "replace", "path": "active", "value": True})
    shown = (await network.get(f"/groups/{group['id']}")).json()
    assert (shown["name"], shown["members"]) == ("Jurister", [asa["id"]])
    name = {"op": "add", "path": "name", "value": {"givenName": "Bo", "familyName": "Ek"}}
    await idp.patch(
        f"/Users/{room['id']}", name, {"op": "add", "path": f"{NETWORK}:protected", "value": False}
    )
    shown = (await network.get(f"/groups/{group['id']}")).json()
    assert sorted(shown["members"]) == sorted([asa["id"], room["id"]])


async def test_a_group_that_lost_all_its_members_gets_new_ones(
    network: Network, idp: IdentityProvider
) -> None:
    asa = await idp.create(user("asa"))
    group = await idp.group("Jurister", asa["id"])
    path = f"/Groups/{group['id']}"
    await idp.patch(path, {"op": "remove", "path": "members"})
    assert (await network.get(f"/groups/{group['id']}")).status_code == 404
    await idp.patch(path, {"op": "add", "path": "members", "value": [{"value": asa["id"]}]})
    assert (await network.get(f"/groups/{group['id']}")).json()["members"] == [asa["id"]]

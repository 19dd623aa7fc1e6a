"""No request of an identity provider holds up the others, however it is written."""

import asyncio
import json
from time import process_time, thread_time
from typing import Any

import pytest

from tests.directory.scim.idp import BULK, PATCH, IdentityProvider, user

TERMS = " or ".join(['type eq "work"'] * 8_000)
LONG = f"emails[{TERMS}].value"
DEEP = "emails[" + "(" * 500 + "type pr" + ")" * 500 + "].value"
MANY = "emails[" + " OR\t".join(["type pr"] * 60) + "].value"


def patched(*operations: Any) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": operations}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": LONG, "value": "x"},
        {"OP": "Add", "PATH": LONG, "value": "x"},
        {"op": "remove", "path": LONG},
        {"op": "replace", "path": DEEP, "value": "x"},
        {"op": "replace", "path": MANY, "value": "x"},
        {"op": "replace", "value": {LONG: "x"}},
        {"op": "replace", "path": "name", "value": {LONG: "x"}},
        {"op": "add", "value": {f"{number}-" + "n" * 40: "x" for number in range(5_000)}},
        {"op": "remove", "path": "urn:" + "a:" * 60_000 + "title"},
    ],
    ids=range(9),
)
async def test_a_path_that_would_take_long_is_refused_at_once(
    idp: IdentityProvider, operation: dict[str, Any]
) -> None:
    made = await idp.create(user())
    path = f"/Users/{made['id']}"
    began = process_time()
    alone = await idp.send("PATCH", path, patched(operation))
    bulk = {"method": "PATCH", "path": path, "data": patched(operation)}
    together = await idp.send("POST", "/Bulk", {"schemas": [BULK], "Operations": [bulk]})
    took = process_time() - began
    assert (alone.status_code, alone.json()["scimType"]) == (400, "invalidPath"), alone.text
    assert len(alone.text) < 1_000, "what was sent is not sent back"
    [result] = together.json()["Operations"]
    assert (result["status"], result["response"]["scimType"]) == ("400", "invalidPath")
    assert took < 0.3, f"{took} s of the processor"


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"filter": LONG}, "invalidFilter"),
        ({"filter": MANY}, "invalidFilter"),
        ({"filter": DEEP}, "invalidFilter"),
        ({"sortBy": LONG}, "invalidPath"),
        ({"attributes": [f"a{number}" for number in range(10_000)]}, "invalidValue"),
        ({"excludedAttributes": ",".join(f"a{number}" for number in range(10_000))}, "invalidValue"),
    ],
    ids=range(6),
)
async def test_a_search_that_would_take_long_is_refused_at_once(
    idp: IdentityProvider, asked: dict[str, Any], kind: str
) -> None:
    began = process_time()
    for path in ("/.search", "/Users/.search", "/Groups/.search"):
        answer = await idp.send("POST", path, asked)
        assert (answer.status_code, answer.json()["scimType"]) == (400, kind), answer.text
    assert process_time() - began < 0.3


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/Users", user(emails=[{"value": f"a{n}@csn.example"} for n in range(20_000)]), 400),
        ("POST", "/Bulk", {"Operations": [{"method": "DELETE", "path": "/Users/x"}] * 10_000}, 413),
        ("PATCH", "/Users/x", patched(*[{"op": "add", "path": "title", "value": "x"}] * 10_000), 413),
        (
            "POST",
            "/Bulk",
            {
                "Operations": [
                    {
                        "method": "PATCH",
                        "path": "/Users/x",
                        "data": patched(*[{"op": "remove", "path": "title"}] * 20),
                    }
                ]
                * 500
            },
            413,
        ),
    ],
    ids=["values", "bulk", "patch", "patches of a bulk"],
)
async def test_too_many_of_anything_are_refused_at_once(
    idp: IdentityProvider, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    content = json.dumps(body).encode()
    assert len(content) < 1_000_000
    began = process_time()
    answer = await idp.network.http.request(method, f"/scim/v2{path}", content=content, headers=idp.headers)
    assert answer.status_code == status, answer.text
    assert process_time() - began < 0.15


@pytest.mark.parametrize("as_entra", [True, False])
async def test_a_thousand_members_leave_a_large_group_and_others_are_answered_meanwhile(
    idp: IdentityProvider, as_entra: bool
) -> None:
    ids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(10_000)]
    group = await idp.group("Alla", *ids)
    path = f"/Groups/{group['id']}"
    if as_entra:
        operations = [{"op": "Remove", "path": "members", "value": [{"value": id_} for id_ in ids[:1_000]]}]
    else:
        operations = [{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in ids[:1_000]]
    held: list[float] = []

    async def watch() -> None:
        while True:
            began = thread_time()
            await asyncio.sleep(0.001)
            held.append(thread_time() - began)

    watching = asyncio.create_task(watch())
    began = process_time()
    await idp.patch(path, *operations, {"op": "replace", "path": "displayName", "value": "De flesta"})
    took = process_time() - began
    watching.cancel()
    left = await idp.read(path)
    assert left["displayName"] == "De flesta"
    assert [each["value"] for each in left["members"]] == ids[1_000:]
    assert took < 3, f"{took} s of the processor: members are gone through once for each who leaves"
    assert max(held) < 0.15, f"the loop was held up for {max(held)} s of the processor"


async def test_members_come_and_go_in_the_order_of_the_operations(idp: IdentityProvider) -> None:
    group = await idp.group("Jurister", "a", "b", "c")
    path = f"/Groups/{group['id']}"
    await idp.patch(
        path,
        {"op": "remove", "path": 'members[value eq "A"]'},
        {"op": "remove", "path": "members", "value": [{"value": "b"}]},
        {"op": "add", "path": "members", "value": [{"value": "d"}]},
        {"op": "add", "path": "members", "value": [{"value": "a"}]},
        {"op": "remove", "path": 'members[value eq "d"]'},
        {"op": "remove", "path": 'members[value eq "nobody"]'},
    )
    assert [each["value"] for each in (await idp.read(path))["members"]] == ["c", "a"]
    before = (await idp.read(path))["meta"]["version"]
    await idp.patch(path, {"op": "remove", "path": 'members[value eq "nobody"]'})
    assert (await idp.read(path))["meta"]["version"] == before, "nothing has changed"
    await idp.patch(path, {"op": "remove", "path": "members"})
    assert "members" not in await idp.read(path)


async def test_a_bulk_adds_and_removes_members_it_has_made_itself(idp: IdentityProvider) -> None:
    group = await idp.group("Jurister", "a", "b")
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "asa", "data": user("asa")},
        {
            "method": "PATCH",
            "path": f"/Groups/{group['id']}",
            "data": patched(
                {"op": "remove", "path": "members", "value": [{"value": "a"}]},
                {"op": "add", "path": "members", "value": [{"value": "bulkId:asa"}]},
            ),
        },
    ]
    answer = await idp.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
    assert [each["status"] for each in answer.json()["Operations"]] == ["201", "200"], answer.text
    asa = answer.json()["Operations"][0]["location"].split("/")[-1]
    assert [each["value"] for each in (await idp.read(f"/Groups/{group['id']}"))["members"]] == ["b", asa]


async def test_blanks_in_a_condition_take_no_time(idp: IdentityProvider) -> None:
    made = await idp.create(user())
    path, blanks = f"/Users/{made['id']}", "x" + " " * 30_000 + "x"
    began = process_time()
    for name in ("If-Match", "If-None-Match"):
        for method in ("GET", "PUT", "DELETE"):
            answer = await idp.send(method, path, made if method == "PUT" else None, **{name: blanks})
            assert (method, answer.status_code) in {("GET", 400), ("GET", 200), ("PUT", 400), ("DELETE", 400)}
    operation = {"method": "DELETE", "path": path, "version": blanks * 20}
    answer = await idp.send("POST", "/Bulk", {"schemas": [BULK], "Operations": [operation]})
    assert answer.json()["Operations"][0]["status"] == "400"
    assert process_time() - began < 0.5
    assert (await idp.read(path))["id"] == made["id"]


async def test_an_error_does_not_send_back_what_is_long(idp: IdentityProvider) -> None:
    made = await idp.create(user())
    answer = await idp.send(
        "PATCH", f"/Users/{made['id']}", patched({"op": "x: " * 200_000, "path": "title"})
    )
    assert answer.status_code == 400
    assert len(answer.text) < 500

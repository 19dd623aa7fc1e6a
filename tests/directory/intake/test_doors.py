"""Records with something wrong, by every door: safety holds, versions stay apart, ids stand for one person."""

import json
import time
from itertools import count
from typing import Any

import pytest

from services.directory.scim.rules import NETWORK
from shared.contracts.ids import person_id
from shared.contracts.topics import staff_topic
from tests.directory.network import Network
from tests.directory.scim.idp import IdentityProvider, user
from tests.harness import eventually, produce

pytestmark = pytest.mark.usefixtures("network")
_numbers = count(1)


def said(employee_id: str, version: int = 1, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "employee_id": employee_id,
        "version": version,
        "status": "active",
        "given_name": "Greta",
        "family_name": "Provsson",
        "protected": False,
    }
    return {**values, **changes}


class House:
    """An agency that carries the flag, and what its people look like."""

    def __init__(self, network: Network, slug: str) -> None:
        self.network, self.slug = network, slug

    async def http(self, *records: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self.network.http.post(
            "/directory/v1/staff-records",
            json={"records": records},
            headers=self.network.tokens[self.slug],
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]

    async def kafka(self, *records: dict[str, Any]) -> None:
        envelope = {
            "specversion": "1.0",
            "id": "1",
            "source": "urn:hr",
            "type": "staff.record.changed.v1",
            "subject": "x",
            "time": "2026-11-30T08:00:00Z",
        }
        sent = [
            (str(each["employee_id"]), json.dumps({**envelope, "data": each}).encode()) for each in records
        ]
        await produce(self.network.running.service.settings, staff_topic(self.slug).name, sent)

    async def file(self, text: str | bytes, **form: Any) -> dict[str, Any]:
        data = text.encode() if isinstance(text, str) else text
        answer = await self.network.http.post(
            "/directory/v1/imports",
            files={"file": ("export.csv", data, "text/csv")},
            data={name: str(value) for name, value in form.items()},
            headers=self.network.tokens[self.slug],
        )
        assert answer.status_code == 202, answer.text
        path = f"/imports/{answer.json()['id']}"

        async def look() -> dict[str, Any]:
            return (await self.network.get(path, self.network.tokens[self.slug])).json()

        return await eventually(look, within=60, until=lambda job: job["state"] in {"done", "refused"})

    async def person(self, employee_id: str, generation: int = 1) -> dict[str, Any]:
        return await self.network.person(person_id(self.slug, employee_id, generation))

    async def becomes(self, employee_id: str, **fields: Any) -> None:
        query = {"_id": person_id(self.slug, employee_id), **fields}
        await eventually(lambda: self.network.db.people.find_one(query))


@pytest.fixture
async def house(network: Network) -> House:
    slug = f"house-{next(_numbers)}"
    await network.join(slug, "carried")
    from shared.kafka import clients as kafka

    await kafka.create_topics(network.running.service.settings, [staff_topic(slug)])
    return House(network, slug)


WRONG: list[dict[str, Any]] = [
    {"email": "greta at csn.example"},
    {"title": "x" * 300},
    {"telephone": "060-1"},
    {"roles": "upphandlare"},
    {"version": "2"},
    {"version": int(time.time() * 1_000_000_000)},
    {"given_name": "Gre\x07ta"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=[next(iter(each)) for each in WRONG])
async def test_protection_holds_over_http_whatever_else_is_wrong_and_the_answer_says_both(
    house: House, wrong: dict[str, Any]
) -> None:
    await house.http(said("p1"))
    [answer] = await house.http(said("p1", 2) | {"protected": True} | wrong)
    assert answer["result"] == "refused"
    assert {"field": "protected", "reason": "protected identity is in force all the same"} in answer[
        "problems"
    ]
    assert len(answer["problems"]) > 1
    person = await house.person("p1")
    assert (person["protected"], person["given_name"]) == (True, "Greta")
    # The corrected record is as good as any.
    [answer] = await house.http(said("p1", 2, title="Chef"))
    assert answer["result"] == "applied"
    assert (await house.person("p1"))["protected"] is False


@pytest.mark.parametrize("flag", ["true", "ja", 1, "kanske"])
async def test_protection_of_another_type_fails_closed(house: House, flag: Any) -> None:
    await house.http(said("p1"))
    [answer] = await house.http(said("p1", 2, protected=flag))
    assert answer["result"] == "refused"
    assert (await house.person("p1"))["protected"] is True


async def test_a_leave_holds_beside_a_fault_and_an_old_record_says_nothing(house: House) -> None:
    await house.http(said("p1", 5), said("p2", 5))
    old, new = await house.http(
        said("p1", 4, status="left", title="x" * 300), said("p2", 6, status="left", title="x" * 300)
    )
    assert [len(old["problems"]), len(new["problems"])] == [1, 2]
    assert (await house.person("p1"))["status"] == "active"
    assert (await house.person("p2"))["status"] == "left"


async def test_protection_and_a_leave_hold_over_kafka_and_the_parked_row_says_both(house: House) -> None:
    await house.kafka(said("p1"), said("p2"))
    await house.becomes("p2", protected=False)
    await house.kafka(
        said("p1", 2, protected=True, email="greta at csn.example"), said("p2", 2, status="left", phone=7)
    )
    await house.becomes("p1", protected=True)
    await house.becomes("p2", status="left")
    parked = await house.network.db.parked.find({"topic": f"staff.{house.slug}"}).to_list(None)
    assert sorted(each["reason"] for each in parked) == [
        "data.email is no e-mail address; protected identity is in force all the same",
        "data.phone input should be a valid string; the leave is in force all the same",
    ]


async def test_protection_holds_in_a_file_whose_row_is_refused(house: House) -> None:
    await house.http(said("p1"), said("p2"))
    heads = "Anstnr;Förnamn;Efternamn;E-post;Skyddad\n"
    rows = "p1;Greta;Provsson;inte en adress;Ja\np2;Greta;Prov;sson;Nej;Ja\n"
    dry = await house.file(heads + rows, dry_run=True)
    job = await house.file(heads + rows)
    for told in (dry, job):
        assert [(each["row"], each["code"]) for each in told["problems"]][:2] == [
            (2, "bad_address"),
            (2, "protected_in_force"),
        ]
    assert [(await house.person(each))["protected"] for each in ("p1", "p2")] == [True, True]


async def test_protection_holds_beside_what_scim_refuses(network: Network, house: House) -> None:
    idp = IdentityProvider(network, house.slug)
    made = await idp.create({**user("greta"), NETWORK: {"protected": False}})
    assert (await network.person(made["id"]))["protected"] is False
    answer = await idp.send(
        "PUT", f"/Users/{made['id']}", {**user("greta", title="x" * 300), NETWORK: {"protected": True}}
    )
    assert answer.status_code == 400
    assert "in force all the same" in answer.json()["detail"]
    assert (await network.person(made["id"]))["protected"] is True


async def test_a_counting_feed_goes_on_after_a_file_and_scim(network: Network, house: House) -> None:
    await house.kafka(said("v1", 1, phone="060-10 00 01"))
    await house.becomes("v1", phone="060-10 00 01")
    await house.file("Anstnr;Förnamn;Efternamn;Telefon;Skyddad\nv1;Greta;Provsson;060-10 00 02;Nej\n")
    await house.becomes("v1", phone="060-10 00 02")
    await house.kafka(said("v1", 2, phone="060-10 00 03"))
    await house.becomes("v1", phone="060-10 00 03")
    await house.kafka(said("v1", 2, phone="060-10 00 03"), said("v1", 3, status="left"))
    await house.becomes("v1", status="left")
    assert await house.network.db.parked.count_documents({"topic": f"staff.{house.slug}"}) == 0


async def test_one_version_in_nanoseconds_shuts_nobody_out(house: House) -> None:
    await house.http(said("v1"))
    # As older rules let it in.
    locked = {"$set": {"feed_version": int(time.time() * 1e9)}, "$unset": {"versions": "", "arrived": ""}}
    await house.network.db.people.update_one({"_id": person_id(house.slug, "v1")}, locked)
    [answer] = await house.http(said("v1", int(time.time() * 1000), title="Chef"))
    assert answer["result"] == "applied"


async def test_a_coordinator_forgets_the_versions_of_a_person(network: Network, house: House) -> None:
    await house.http(said("v1", 1_000), said("boss"))
    [stale] = await house.http(said("v1", 1, title="Chef"))
    assert stale["result"] == "stale"
    boss = await network.coordinate(house.slug, person_id(house.slug, "boss"))
    path = f"/directory/v1/agencies/{house.slug}/feed/version-resets"
    refused = await network.http.post(path, json={"employee_ids": ["v1"]}, headers=network.tokens[house.slug])
    assert refused.status_code == 403
    answer = await network.http.post(path, json={"employee_ids": ["v1"]}, headers=boss)
    assert (answer.status_code, answer.json()) == (200, {"people": 1})
    [applied] = await house.http(said("v1", 1, title="Chef"))
    assert applied["result"] == "applied"


async def test_a_reused_id_is_another_person_who_inherits_nothing(network: Network, house: House) -> None:
    old = {"given_name": "Urban", "email": "urban@csn.example", "employed_from": "2010-01-01"}
    new = {"given_name": "Nadja", "family_name": "Nyprov", "email": "nadja@csn.example"}
    await house.http(said("r1", 1, **old))
    id_ = person_id(house.slug, "r1")
    await network.db.people.update_one({"_id": id_}, {"$set": {"own": {"phone": "070-174 06 05"}}})
    # While he works there, somebody else under his id is a mistake.
    [refused] = await house.http(said("r1", 2, **new, employed_from="2026-11-30"))
    assert (refused["result"], refused["problems"][0]["field"]) == ("refused", "employee_id")
    left, come = await house.http(
        said("r1", 3, **old, status="left"),
        said("r1", 4, **new, phone="060-10 00 09", employed_from="2026-11-30"),
    )
    assert (left["result"], come["result"]) == ("applied", "applied")
    former, newcomer = await house.person("r1"), await house.person("r1", 2)
    assert (former["status"], former["given_name"], former["own"]) == (
        "left",
        "Urban",
        {"phone": "070-174 06 05"},
    )
    assert (newcomer["status"], newcomer["phone"], newcomer["own"], newcomer["groups"]) == (
        "active", "060-10 00 09", {}, [],
    )  # fmt: skip
    # From now on the id is hers, and a complete file that has her does not end her employment.
    job = await house.file(
        "Anstnr;Förnamn;Efternamn;Titel;Skyddad\nR1;Nadja;Nyprov;Jurist;Nej\n", complete=True
    )
    assert (job["counts"]["applied"], job["counts"]["left"]) == (1, 0)
    assert (await house.person("r1", 2))["title"] == "Jurist"
    [stale] = await house.http(said("r1", 3, **old, status="left"))
    assert stale["result"] == "stale"
    # Whoever reports to the id reports to her.
    await house.http(said("r2", 1, manager_employee_id="r1"))
    assert (await house.person("r2"))["manager_id"] == newcomer["_id"]


async def test_ids_that_differ_in_case_or_blanks_are_one_person(house: House) -> None:
    await house.http(said("Å1x"))
    for n, written in enumerate(("å1X", " Å1x ", "A\u030a1x"), 2):
        [answer] = await house.http(said(written, n, title=f"Titel {n}"))
        assert answer["result"] == "applied"
    assert await house.network.db.people.count_documents({"agency": house.slug}) == 1


async def test_whoever_came_before_ids_had_one_form_keeps_theirs(house: House) -> None:
    await house.http(said("ab1"))
    from shared.contracts.ids import person_id_as_sent

    person, old = await house.person("ab1"), person_id_as_sent(house.slug, "AB1")
    await house.network.db.people.delete_one({"_id": person["_id"]})
    await house.network.db.people.insert_one({**person, "_id": old, "employee_id": "AB1"})
    [answer] = await house.http(said("AB1", 2, title="Chef"))
    assert answer["result"] == "applied"
    assert (await house.network.person(old))["title"] == "Chef"


async def test_lost_zeros_are_warned_of_in_the_dry_run_and_nobody_leaves(house: House) -> None:
    heads = "Anstnr;Förnamn;Efternamn;E-post;Telefon;Skyddad\n"
    row = "{};Nolla;Prov{};p{}@prov.example;060-10 00 0{};Nej\n"
    before = heads + "".join(row.format(f"000{n}", n, n, n) for n in range(1, 6))
    after = heads + "".join(row.format(n, n, n, n) for n in range(1, 6))
    assert (await house.file(before))["counts"]["applied"] == 5
    for dry_run in (True, False):
        job = await house.file(after, complete=True, dry_run=dry_run)
        assert (job["counts"]["refused"], job["counts"]["left"], job["counts"]["applied"]) == (5, 0, 0)
        assert {each["code"] for each in job["problems"]} == {"nearly_known", "nobody_left"}
    people = await house.network.db.people.find({"agency": house.slug}).to_list(None)
    assert sorted((each["employee_id"], each["status"]) for each in people) == [
        (f"000{n}", "active") for n in range(1, 6)
    ]


async def test_nulls_and_people_of_one_name_are_taken_in_by_http_and_kafka(house: House) -> None:
    nothing = dict.fromkeys(
        ("phone", "title", "roles", "assignments", "specialties", "unit", "location", "language", "email")
    )
    one = {"given_name": "Suharto", "family_name": None, "roles": [{"name": "jurist", "from": None}]}
    results = await house.http(said("n1", **nothing), said("z3", **one))
    assert [each["result"] for each in results] == ["applied", "applied"]
    assert (await house.person("z3"))["display_name"] == "Suharto"
    await house.kafka(said("n2", **nothing), said("z4", family_name=""))
    await house.becomes("z4", display_name="Greta")
    await house.becomes("n2", phone="")
    [nobody] = await house.http(said("n3", given_name=" ", family_name=""))
    assert nobody["problems"] == [{"field": "", "reason": "needs a given_name or a family_name"}]


async def test_a_user_made_again_for_somebody_else_is_another_person(network: Network, house: House) -> None:
    idp = IdentityProvider(network, house.slug)
    first = {
        **user("r1"),
        "name": {"givenName": "Urban", "familyName": "Provsson"},
        NETWORK: {"protected": False},
    }
    second = {
        **user("r1", emails=[{"value": "nadja@csn.example", "type": "work"}]),
        "name": {"givenName": "Nadja", "familyName": "Nyprov"},
        NETWORK: {"protected": False},
    }
    made = await idp.create(first)
    await network.db.people.update_one({"_id": made["id"]}, {"$set": {"own": {"phone": "070-174 06 05"}}})
    assert (await idp.send("DELETE", f"/Users/{made['id']}")).status_code == 204
    again = await idp.create(second)
    assert again["id"] != made["id"]
    newcomer, former = await network.person(again["id"]), await network.person(made["id"])
    assert (newcomer["given_name"], newcomer["own"], newcomer["generation"]) == ("Nadja", {}, 2)
    assert (former["given_name"], former["status"]) == ("Urban", "left")
    # And the first one, made again, would be found as themselves by the id that is theirs now.
    assert (await idp.send("GET", f"/Users/{again['id']}")).status_code == 200

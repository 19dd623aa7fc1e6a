"""What systems and people see of the mails, and what they may do."""

from typing import Any
from uuid import uuid4

from shared.contracts.topics import DIRECTORY_AGENCIES
from shared.settings import ServiceSettings
from tests.faults.smtp_server import MailServer
from tests.harness import (
    Running,
    a_person,
    an_agency,
    eventually,
    publish,
    publish_agencies,
    signed_in,
    system,
)
from tests.notify.office import ask, becomes, open_office, something

BASE = "/notify/v1"


async def agencies_known(office: Running, *slugs: str) -> None:
    for slug in slugs:
        await eventually(lambda slug=slug: office.mongo.db.agencies.find_one({"_id": slug}))


async def get(office: Running, path: str, headers: dict[str, str], status: int = 200) -> Any:
    answer = await office.http.get(BASE + path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_an_agency_sees_its_own_peoples_notifications_and_no_others(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna, bo, cleo = a_person("csn"), a_person("csn"), a_person("spv")
    tokens = await publish_agencies(settings, an_agency("csn", coordinators=(bo.id,)), an_agency("spv"))
    async with open_office(settings, server, anna, bo, cleo) as office:
        await agencies_known(office, "csn", "spv")
        requests = [something(anna), something(bo), something(cleo)]
        await ask(settings, *requests)
        for request in requests:
            await becomes(office, request, "sent")
        ours, theirs = requests[0], requests[2]
        csn, spv = system(tokens["csn"]), system(tokens["spv"])

        found = await get(office, "/notifications", csn)
        assert {item["id"] for item in found["items"]} == {requests[0].id, requests[1].id}
        assert {"state": "sent", "kind": "events.invited", "attempts": 1}.items() <= found["items"][0].items()
        assert not {"data", "mime", "html", "text"} & found["items"][0].keys()
        one = await get(office, f"/notifications?subject={ours.subject}&person={anna.id}&state=sent", csn)
        assert [item["id"] for item in one["items"]] == [ours.id]
        assert (await get(office, f"/notifications?person={cleo.id}", csn))["items"] == []
        await get(office, f"/notifications/{ours.id}", csn)
        await get(office, f"/notifications/{theirs.id}", csn, 404)
        await get(office, f"/notifications/{ours.id}", spv, 404)
        await get(office, f"/notifications/{uuid4()}", csn, 404)
        await get(office, "/notifications?state=lost", csn, 422)

        herself = signed_in(anna.id, "csn")
        assert [i["id"] for i in (await get(office, "/notifications", herself))["items"]] == [ours.id]
        assert (await get(office, f"/notifications?person={bo.id}", herself))["items"] == []
        await get(office, f"/notifications/{requests[1].id}", herself, 404)
        coordinator = signed_in(bo.id, "csn")
        assert len((await get(office, "/notifications", coordinator))["items"]) == 2
        assert (await office.http.get(BASE + "/notifications")).status_code == 401


async def test_sending_again_is_deliberate_and_under_a_message_id_of_its_own(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna, bo = a_person("csn"), a_person("spv")
    tokens = await publish_agencies(settings, an_agency("csn"), an_agency("spv"))
    server.refused[anna.email or ""] = "550 5.1.1 unknown"
    async with open_office(settings, server, anna, bo) as office:
        await agencies_known(office, "csn", "spv")
        request = something(anna)
        await ask(settings, request)
        await becomes(office, request, "failed")
        path = f"{BASE}/notifications/{request.id}/resend"
        assert (await office.http.post(path, headers=system(tokens["spv"]))).status_code == 404
        assert (await office.http.post(path, headers=signed_in(anna.id, "csn"))).status_code == 403
        server.refused.clear()
        headers = {**system(tokens["csn"]), "Idempotency-Key": "again-1"}
        first = await office.http.post(path, headers=headers)
        second = await office.http.post(path, headers=headers)
        assert (first.status_code, first.json()) == (202, second.json())
        assert first.json()["state"] == "created"
        sent = await becomes(office, request, "sent")
        assert sent["asked_by"] == "system of csn"
        assert sent["attempts"] == 2
    [mail] = server.received
    assert mail.message_id == f"<{request.id}.1@agencynet.example>"


async def test_what_no_longer_holds_is_not_sent_again(settings: ServiceSettings, server: MailServer) -> None:
    anna = a_person("csn")
    tokens = await publish_agencies(settings, an_agency("csn"))
    async with open_office(settings, server, anna) as office:
        await agencies_known(office, "csn")
        newer = something(anna, subject="meeting/m", subject_version=2)
        older = something(anna, subject="meeting/m", subject_version=1)
        await ask(settings, newer)
        await becomes(office, newer, "sent")
        await ask(settings, older)
        await becomes(office, older, "suppressed")
        answer = await office.http.post(
            f"{BASE}/notifications/{older.id}/resend", headers=system(tokens["csn"])
        )
        assert answer.status_code == 409


async def test_people_switch_kinds_off_but_not_the_mandatory_ones(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna, bo = a_person("csn"), a_person("csn")
    tokens = await publish_agencies(settings, an_agency("csn"), an_agency("spv"))
    async with open_office(settings, server, anna, bo) as office:
        await agencies_known(office, "csn", "spv")
        herself, path = signed_in(anna.id, "csn"), f"/preferences/{anna.id}"
        before = await get(office, path, herself)
        assert {k["choice"] for k in before["kinds"]} == {"at_once"}

        async def put(body: Any, headers: dict[str, str]) -> Any:
            return await office.http.put(BASE + path, headers=headers, json=body)

        refused = await put({"kinds": {"events.cancelled": "never", "events.odd": "never"}}, herself)
        assert refused.status_code == 422
        assert {e["field"] for e in refused.json()["errors"]} == {
            "kinds.events.cancelled",
            "kinds.events.odd",
        }
        off = {"kinds": {"events.invited": "never"}}
        for stranger in (signed_in(bo.id, "csn"), system(tokens["spv"])):
            assert (await put(off, stranger)).status_code == 404
        chosen = await put(off, herself)
        assert chosen.status_code == 200, chosen.text
        assert chosen.headers["ETag"] == '"1"'
        assert (await put({"kinds": {}}, {**herself, "If-Match": '"0"'})).status_code == 412
        assert (await put({"kinds": {"events.invited": "hourly"}}, herself)).status_code == 422

        switched_off, mandatory = something(anna), something(anna, "events.cancelled")
        await ask(settings, switched_off, mandatory)
        await becomes(office, mandatory, "sent")
        await becomes(office, switched_off, "suppressed", reason="switched_off")
    assert len(server.received) == 1


async def test_templates_are_listed_and_previewed_with_example_and_real_data(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person("csn")
    tokens = await publish_agencies(settings, an_agency("csn"), an_agency("spv"))
    async with open_office(settings, server, anna) as office:
        await agencies_known(office, "csn", "spv")
        csn = system(tokens["csn"])
        listed = (await get(office, "/templates", csn))["items"]
        assert {("events.invited", "sv"), ("events.invited", "en")} <= {
            (t["kind"], t["language"]) for t in listed
        }
        path = "/templates/events.invited/en/preview"
        assert "Invitation" in (await get(office, path, csn))["subject"]
        await get(office, "/templates/events.odd/en/preview", csn, 404)
        await get(office, "/templates/events.invited/no/preview", csn, 422)

        request = something(anna)
        request = request.model_copy(update={"data": {**request.data, "title": "Träff om ramavtal"}})
        await ask(settings, request)
        await becomes(office, request, "sent")
        real = await get(office, f"{path}?notification={request.id}", csn)
        assert "Träff om ramavtal" in real["subject"]
        await get(office, f"{path}?notification={request.id}", system(tokens["spv"]), 404)
        page = await office.http.get(BASE + path, headers={**csn, "Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "sandbox" in page.headers["content-security-policy"]


async def test_the_description_of_the_api_is_whole(settings: ServiceSettings, server: MailServer) -> None:
    await publish(settings, DIRECTORY_AGENCIES, an_agency("csn"))
    async with open_office(settings, server) as office:
        described = (await office.http.get("/openapi.json")).json()
    operations = [
        op for path, ops in described["paths"].items() if path.startswith(BASE) for op in ops.values()
    ]
    assert all(" / " in operation["summary"] for operation in operations)

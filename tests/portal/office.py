"""A coordinator's agency with something of everything that waits for them (D3, D8, D13, P6)."""

import json
from typing import Any

from tests.directory.network import staff
from tests.harness import eventually, produce, signed_in
from tests.portal.house import Browser, House

SECRET = "Hemligsson"
# Two whose rows are right, one whose day is not; and a heading that says nothing to us.
EXPORT = """Anstnr;Förnamn;Efternamn;Befattning;Anställd fr.o.m.;Kostnadsställe
filad1;Åsa;Filad;Jurist;2026-11-23;4711
filad2;Bo;Filad;Jurist;i våras;4711
filad3;Eva;Filad;Jurist;23/11 2026;4712
""".encode("cp1252")
PAGES = (
    "/agency",
    "/agency/refused",
    "/agency/imports",
    "/agency/words",
    "/agency/corrections",
    "/agency/leaves",
    "/agency/mail",
    "/agency/keys",
    "/agency/erasure",
    "/agency/audit",
)


async def a_coordinator(house: House, name: str = "Samordnar", language: str = "sv") -> Browser:
    """Of csn, and of the steering committee."""
    if name not in house.people:
        await house.hire("csn", name, roles=("utredare",))
        await house.directory.coordinate("csn", house.people[name])
        changed = await house.directory.http.patch(
            "/directory/v1/agencies/csn",
            json={"steering": [house.people[name]]},
            headers=house.directory.admin,
        )
        assert changed.status_code == 200, changed.text
    browser = await house.signed_in(name, language)

    async def look() -> int:
        # Each service must have heard of it.
        await browser.open("/agency")
        return browser.page.status_code

    await eventually(look, until=lambda status: status == 200)
    return browser


async def a_refused_record(house: House, employee_id: str) -> None:
    event = {
        "specversion": "1.0",
        "id": employee_id,
        "source": "/staff/csn",
        "type": "staff.record.changed.v1",
        "subject": employee_id,
        "time": "2026-11-23T08:00:00Z",
        "data": {
            **json.loads(staff(employee_id).model_dump_json(by_alias=True)),
            "family_name": SECRET,
            "employed_from": "31 november",
        },
    }
    await produce(house.settings, "staff.csn", [(employee_id, json.dumps(event).encode())])
    waiting = {"topic": "staff.csn", "key": employee_id.encode()}
    await eventually(lambda: house.directory.db.parked.count_documents(waiting))


async def a_correction(house: House, about: str, by: str, **said: Any) -> str:
    answer = await house.directory.http.post(
        "/directory/v1/corrections",
        json={"person_id": house.people[about], **said},
        headers=signed_in(house.people[by], "bolagsverket"),
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def a_mass_leave(house: House, agency: str = "csn") -> str:
    """Of eight who are hired for it; returns its id."""
    crowd = [f"flock{n}" for n in range(8)]
    directory = house.directory
    await directory.hire(agency, *[staff(each, family_name="Flock") for each in crowd])
    gone = [
        json.loads(staff(each, family_name="Flock", status="left").model_dump_json(by_alias=True))
        for each in crowd
    ]
    await directory.http.post(
        "/directory/v1/staff-records", json={"records": gone}, headers=directory.tokens[agency]
    )
    found = await directory.get("/mass-leaves", directory.admin, agency=agency)
    return found.json()["items"][0]["id"]


async def a_tried_file(house: House, agency: str = "csn", content: bytes = EXPORT) -> str:
    """A dry run that is done; returns its id."""
    directory = house.directory
    answer = await directory.http.post(
        "/directory/v1/imports",
        files={"file": ("personal.csv", content, "text/csv")},
        data={"dry_run": "true"},
        headers=directory.tokens[agency],
    )
    assert answer.status_code == 202, answer.text
    id_ = answer.json()["id"]

    async def state() -> str:
        return (await directory.get(f"/imports/{id_}", directory.tokens[agency])).json()["state"]

    await eventually(state, until=lambda state: state in {"done", "refused"})
    return id_


async def something_of_everything(house: House) -> list[str]:
    """What a coordinator's pages show when there is something to do on each; the same again is harmless. Returns the
    pages that come of it.
    """
    await a_refused_record(house, "avvisas")
    if "Rättningar" not in house.people:
        await house.hire("csn", "Rättningar", title="Trollkarl", specialties=("besvärjelser",))
    await a_correction(house, "Rättningar", "Ensam", field="title", value="Trollkonstnär")
    accepted = await a_correction(house, "Rättningar", "Ensam", field="unit", value="Salong")
    boss = signed_in(house.people["Samordnar"], "csn")
    decided = await house.directory.http.post(
        f"/directory/v1/corrections/{accepted}/decision", json={"decision": "accepted"}, headers=boss
    )
    assert decided.status_code == 200, decided.text
    await a_mass_leave(house)
    files = [await a_tried_file(house), await a_tried_file(house, content=b"Vem;Vad\r\n1;2\r\n")]
    return [f"/agency/imports/{id_}" for id_ in files]

"""D9: an HR export as one job: dry run, problems by row, nothing twice, nothing lost when it is killed."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.directory.imports import handlers
from shared.contracts.ids import person_id
from tests.directory.imports.agency import HEADINGS, Agency, export, row
from tests.directory.network import Network, staff


async def test_a_dry_run_tells_row_by_row_what_is_wrong_and_changes_nothing(agency: Agency) -> None:
    data = export(row(1), row(2, since="i våras"), ";Bo;Ek;;;;", row(4))
    job = await agency.load(data, dry_run=True)
    assert (job["state"], job["dry_run"]) == ("done", True)
    assert {name: n for name, n in job["counts"].items() if n} == {"rows": 4, "applied": 2, "refused": 2}
    assert [(each["row"], each["column"], each["code"]) for each in job["problems"]] == [
        (3, "Anställd fr.o.m.", "not_a_day"),
        (4, "Anstnr", "missing"),
    ]
    assert job["problems"][0]["reason_sv"].startswith("är inget datum")
    assert job["columns"]["Anstnr"] == "employee_id"
    assert await agency.people() == {}


async def test_the_good_rows_come_in_and_the_same_file_again_changes_nothing(
    agency: Agency, network: Network
) -> None:
    data = export(row(1), row(2, since="i våras"), row(3, title="Jurist"))
    first = await agency.load(data)
    assert (first["counts"]["applied"], first["counts"]["refused"]) == (2, 1)
    assert await agency.people() == {"1": "Upphandlare", "3": "Jurist"}
    person = await network.person(person_id(agency.slug, "1"))
    assert (person["place"], person["employed_from"], person["email"]) == (
        "Östersund",
        "2026-11-23",
        "a1@csn.se",
    )
    again = await agency.load(data)
    assert again["id"] != first["id"]
    assert (again["counts"]["applied"], again["counts"]["unchanged"]) == (0, 2)
    assert (await network.person(person["_id"]))["version"] == person["version"]
    assert (
        await network.db.import_files.count_documents({"import_id": {"$in": [first["id"], again["id"]]}}) == 0
    )


async def test_the_same_key_is_the_same_job_and_another_file_under_it_is_refused(agency: Agency) -> None:
    key = {"Idempotency-Key": "en-gang"}
    first = await agency.load(export(row(1)), key)
    assert (await agency.load(export(row(1)), key))["id"] == first["id"]
    assert (await agency.post(export(row(2)), key)).status_code == 409


async def test_what_the_file_has_no_column_for_stays_as_it_is_known(agency: Agency, network: Network) -> None:
    record = staff("1", phone="060-18 40 00", specialties=("ramavtal",), protected=False, version=1)
    [id_] = await network.hire(agency.slug, record)
    await agency.load(export("1;Åsa Öberg;Jurist", headings="Signatur;Namn;Titel"))
    person = await network.person(id_)
    assert (person["title"], person["phone"], person["specialties"]) == (
        "Jurist",
        "060-18 40 00",
        ["ramavtal"],
    )


async def test_something_newer_that_came_by_another_door_is_not_undone(
    agency: Agency, network: Network
) -> None:
    [person] = await network.hire(agency.slug, staff("1", title="Jurist"))
    # As if it had come while the file waited.
    soon = {"$set": {"arrived.at": datetime.now(UTC) + timedelta(minutes=1)}}
    await network.db.people.update_one({"_id": person}, soon)
    job = await agency.load(export(row(1, title="Vaktmästare")))
    assert (job["counts"]["stale"], job["problems"][0]["code"]) == (1, "stale")
    assert await agency.people() == {"1": "Jurist"}


async def test_who_is_missing_has_left_only_if_the_caller_says_that_all_are_there(agency: Agency) -> None:
    await agency.load(export(*(row(n) for n in range(1, 6))))
    some = export(row(1), row(2), row(3), row(4, since="i våras"))
    await agency.load(some)
    assert set(await agency.people()) == {"1", "2", "3", "4", "5"}
    dry = await agency.load(some, complete=True, dry_run=True)
    assert dry["counts"]["left"] == 1
    assert set(await agency.people()) == {"1", "2", "3", "4", "5"}
    job = await agency.load(some, complete=True)
    assert job["counts"]["left"] == 1
    assert set(await agency.people()) == {"1", "2", "3", "4"}, "a row with a fault is no leaver"
    unclear = await agency.load(export(row(1), ";Bo;Ek;;;;"), complete=True)
    assert [each["code"] for each in unclear["problems"]] == ["not_complete", "missing"]
    assert set(await agency.people()) == {"1", "2", "3", "4"}


async def test_a_mapping_is_remembered_for_the_agencys_next_files(agency: Agency) -> None:
    data = export("1;Åsa Öberg;Jurist", headings="Kod;Namn;Anteckning")
    refused = await agency.load(data)
    assert (refused["state"], refused["problems"][0]["column"]) == ("refused", "employee_id")
    mapping = json.dumps({"Kod": "employee_id", "Anteckning": "title"})
    assert (await agency.load(data, mapping=mapping))["counts"]["applied"] == 1
    changed = export("1;Åsa Öberg;Inköpare", headings="KOD;Namn;Anteckning")
    assert (await agency.load(changed))["counts"]["applied"] == 1
    assert await agency.people() == {"1": "Inköpare"}


async def test_a_tried_file_is_taken_in_once_without_being_sent_again(
    agency: Agency, network: Network
) -> None:
    await agency.load(export(*(row(n) for n in range(1, 4))))
    tried = await agency.load(export(row(1, title="Jurist"), row(2)), dry_run=True, complete=True)
    assert (tried["counts"]["applied"], tried["counts"]["left"]) == (1, 1)
    taken = [await agency.repeat(tried["id"]) for _ in range(2)]
    assert taken[0]["id"] == taken[1]["id"], "pressed twice"
    done = await agency.done(taken[0]["id"])
    assert (done["dry_run"], done["complete"], done["counts"]["applied"], done["counts"]["left"]) == (
        False,
        True,
        1,
        1,
    )
    assert await agency.people() == {"1": "Jurist", "2": "Upphandlare"}
    assert await network.db.import_files.count_documents({"import_id": tried["id"]}) == 0
    assert (await agency.repeat(tried["id"]))["id"] == done["id"], "a page that is open still"
    answer = await agency.ask_again(tried["id"], dry_run=True)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "The file is no longer kept. Send it again.",
    )
    assert (await agency.ask_again(done["id"], dry_run=True)).status_code == 409, "it was no dry run"
    listed = (await network.get("/imports", agency.headers, limit=2)).json()["items"]
    assert [(one["id"], one["state"]) for one in listed] == [(done["id"], "done"), (tried["id"], "done")]


async def test_headings_are_mended_on_a_file_that_could_not_be_read(agency: Agency, network: Network) -> None:
    data = export("1;Åsa Öberg;Jurist;x", headings="Kod;Namn;Anteckning;Övrigt")
    refused = await agency.load(data, dry_run=True)
    assert (refused["state"], refused["columns"], refused["unused"]) == (
        "refused",
        {"Namn": "name"},
        ["Kod", "Anteckning", "Övrigt"],
    )
    wrong = await agency.ask_again(refused["id"], dry_run=True, mapping={"Kod": "salary"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "mapping")
    tried = await agency.repeat(
        refused["id"], dry_run=True, mapping={"Kod": "employee_id", "Övrigt": "title"}
    )
    assert (await agency.done(tried["id"]))["counts"]["applied"] == 1
    again = await agency.repeat(
        tried["id"], dry_run=True, mapping={"Övrigt": None, "Anteckning": "title", "·": "unit"}
    )
    mended = await agency.done(again["id"])
    assert mended["columns"] == {"Kod": "employee_id", "Namn": "name", "Anteckning": "title"}, "both are kept"
    assert await agency.people() == {}
    await agency.done((await agency.repeat(again["id"]))["id"])
    assert await agency.people() == {"1": "Jurist"}
    next_file = await agency.load(export("1;Åsa Öberg;Inköpare", headings="KOD;Namn;Anteckning"))
    assert next_file["counts"]["applied"] == 1


async def test_a_tried_file_is_forgotten_within_the_hour_and_kept_while_it_is_worked_on(
    agency: Agency, network: Network
) -> None:
    tried = await agency.load(export(row(1)), dry_run=True)
    now = datetime.now(UTC)

    async def forgotten_at() -> datetime | None:
        piece = await network.db.import_files.find_one({"import_id": tried["id"]})
        assert piece
        return piece.get("forget_at")

    at = await forgotten_at()
    assert at is not None
    assert timedelta(minutes=59) < at - now < timedelta(minutes=61)
    indexes = await network.db.import_files.index_information()
    assert indexes["forget_at_1"]["expireAfterSeconds"] == 0
    job = await network.db.imports.find_one({"_id": tried["id"]})
    again = {**job, "_id": str(uuid4()), "open": True, "state": "waiting"}
    await network.running.mongo.transact(lambda tx: handlers.repeat(tx, tried["id"], again, None))
    await agency.done(again["_id"])
    assert await forgotten_at() is not None, "once more after the second dry run"


async def test_the_report_names_every_problem_and_no_spreadsheet_runs_it(agency: Agency) -> None:
    job = await agency.load(export("=1+1;Bo;Ek;b;;;", row(2, since="x"), headings=HEADINGS))
    answer = await agency.network.http.get(job["report"], headers=agency.headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "Rad;Anställningsnummer;Kolumn;Fel",
        "2;'=1+1;E-post;är ingen e-postadress",
        "3;2;Anställd fr.o.m.;är inget datum: skriv det som 2026-11-23",
    ]
    english = await agency.network.http.get(f"{job['report']}?language=en", headers=agency.headers)
    assert "is not an e-mail address" in english.text

"""D9: an HR export as one job: dry run, problems by row, nothing twice, nothing lost when it is killed."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.directory.imports import handlers, store
from services.directory.imports import worker as importer
from shared import due
from shared.contracts.ids import person_id
from shared.due import Row, Work, rows, worker
from shared.web import limits
from tests.directory.network import Network, staff
from tests.harness import eventually, signed_in

HEADINGS = "Anstnr;Förnamn;Efternamn;E-post;Befattning;Ort;Anställd fr.o.m."
_numbers = count(1)


def export(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\r\n".join([headings, *rows, ""]).encode("cp1252")


def row(n: int, title: str = "Upphandlare", since: str = "23/11 2026") -> str:
    return f"{n};Åsa;Öberg{n};a{n}@csn.se;{title};Östersund;{since}"


class Agency:
    def __init__(self, network: Network, slug: str) -> None:
        self.network = network
        self.slug = slug
        self.headers = network.tokens[slug]

    async def post(self, data: bytes, headers: dict[str, str] | None = None, **form: Any) -> Any:
        return await self.network.http.post(
            "/directory/v1/imports",
            files={"file": ("export.csv", data, "text/csv")},
            data={name: str(value) for name, value in form.items()},
            headers={**self.headers, **(headers or {})},
        )

    async def load(self, data: bytes, headers: dict[str, str] | None = None, **form: Any) -> dict[str, Any]:
        answer = await self.post(data, headers, **form)
        assert answer.status_code == 202, answer.text
        return await self.done(answer.json()["id"])

    async def done(self, id_: str) -> dict[str, Any]:
        async def look() -> dict[str, Any]:
            return (await self.network.get(f"/imports/{id_}", self.headers)).json()

        return await eventually(
            look, within=60, until=lambda job: job["state"] in {"done", "refused", "cancelled"}
        )

    async def ask_again(self, id_: str, **body: Any) -> Any:
        path = f"/directory/v1/imports/{id_}/repetitions"
        return await self.network.http.post(path, json=body, headers=self.headers)

    async def repeat(self, id_: str, **body: Any) -> dict[str, Any]:
        answer = await self.ask_again(id_, **body)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def people(self) -> dict[str, str]:
        """Employee to title, of those who work there."""
        found = self.network.db.people.find({"agency": self.slug, "status": "active"})
        return {each["employee_id"]: each["title"] for each in await found.to_list(None)}


@pytest.fixture
async def agency(network: Network) -> Agency:
    slug = f"imports-{next(_numbers)}"
    await network.join(slug)
    return Agency(network, slug)


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


async def test_a_job_that_is_killed_is_gone_on_with_and_does_nothing_twice(
    agency: Agency, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process that dies between portions, and one whose lease ran out but who does not know it."""
    monkeypatch.setattr(importer, "_PORTION", 10)
    really = handlers.take_rows
    steps: list[int] = []

    async def dies(tx: Any, job: Any, rows: Any, *rest: Any) -> Any:
        steps.append(rows[0].number)
        if len(steps) == 3:
            raise asyncio.CancelledError("killed")
        return await really(tx, job, rows, *rest)

    schedule = due.schedule

    async def later(tx: Any, found: Any) -> None:
        """The service's own worker keeps away from this job until the test lets it."""
        await schedule(tx, [replace(each, due=each.due + timedelta(days=1)) for each in found])

    monkeypatch.setattr(due, "schedule", later)
    monkeypatch.setattr(handlers, "take_rows", dies)
    posted = (await agency.post(export(*(row(n) for n in range(1, 46))))).json()
    clock = network.running.service.app.state.clock
    work = a_try(network, agency, posted["id"])
    with pytest.raises(asyncio.CancelledError, match="killed"):
        await importer.work(clock, work)
    halfway = await network.db.imports.find_one({"_id": posted["id"]})
    assert (halfway["counts"]["applied"], halfway["last_row"]) == (20, 21)
    # One that believes to be at the beginning still is refused by the step that it wants to take.
    find_job = store.find

    async def stale(*args: Any) -> Any:
        return {**(await find_job(*args) or {}), "step": 0, "state": "waiting", "last_row": 0}

    monkeypatch.setattr(store, "find", stale)
    await importer.work(clock, work)
    monkeypatch.setattr(store, "find", find_job)
    assert (await network.db.imports.find_one({"_id": posted["id"]}))["step"] == halfway["step"]
    now = {"$set": {"next": datetime.now(UTC)}}
    await network.db.due.update_one({"_id": f"import/{posted['id']}"}, now)
    done = await agency.done(posted["id"])
    assert (done["counts"]["rows"], done["counts"]["applied"]) == (45, 45)
    assert len(await agency.people()) == 45
    assert 22 in steps[3:], "it went on where it was"
    assert await network.db.people.count_documents({"agency": agency.slug, "version": {"$gt": 1}}) == 0


def a_try(network: Network, agency: Agency, id_: str) -> Work:
    async def moved() -> None:
        pass

    due = Row(
        f"import/{id_}", "import", agency.slug, datetime.now(UTC), {"agency": agency.slug, "import": id_}
    )
    return Work(due, network.running.mongo, datetime.now(UTC), moved)


async def test_a_row_that_we_fail_on_is_named_and_the_others_come_in(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = handlers.take_in

    async def fails(tx: Any, slug: str, submissions: Any, *rest: Any, **told: Any) -> Any:
        if any(each.record.employee_id == "3" for each in submissions):
            raise KeyError("3")
        return await really(tx, slug, submissions, *rest, **told)

    monkeypatch.setattr(handlers, "take_in", fails)
    job = await agency.load(export(*(row(n) for n in range(1, 8))))
    assert (job["state"], job["counts"]["rows"], job["counts"]["applied"]) == ("done", 7, 6)
    assert [(each["row"], each["code"]) for each in job["problems"]] == [(4, "failed")]
    assert "3" not in await agency.people()


async def test_an_import_that_fails_three_times_is_set_aside_and_the_directory_is_there_for_all(
    agency: Agency, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_PAUSES", (timedelta(0), timedelta(0)))
    monkeypatch.setattr(worker, "_SUSPECTS_AFTER", 0.0)
    really = importer.Export

    def fails(path: Path, *rest: Any) -> Any:
        if b"Giftig" in path.read_bytes():
            raise MemoryError
        return really(path, *rest)

    monkeypatch.setattr(importer, "Export", fails)
    bad = (await agency.post(export(row(1, title="Giftig")))).json()
    good = await agency.load(export(row(2)))
    assert good["state"] == "done"

    async def kept() -> Any:
        return await network.db.due.find_one({"_id": f"import/{bad['id']}"})

    aside = await eventually(kept, until=lambda found: found["state"] == "aside", within=30)
    assert aside["why"].startswith("MemoryError in ")
    ready = await eventually(
        lambda: network.http.get("/readyz"), until=lambda a: a.json()["status"] == "degraded", within=30
    )
    assert (ready.status_code, ready.json()["notices"]) == (200, {"due work": "set aside: 1 import"})
    # Its coordinator need not wait for an operator.
    path = f"/directory/v1/imports/{bad['id']}/cancellation"
    assert (await network.http.post(path, headers=agency.headers)).json()["state"] == "cancelled"
    assert await kept() is None


async def test_an_import_can_be_cancelled_and_what_was_taken_in_stays(
    agency: Agency, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "_PORTION", 10)
    really = handlers.take_rows
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Any, job: Any, rows: Any, *rest: Any) -> Any:
        if rows[0].number > 20:
            reached.set()
            await go_on.wait()
        return await really(tx, job, rows, *rest)

    monkeypatch.setattr(handlers, "take_rows", slow)
    posted = (await agency.post(export(*(row(n) for n in range(1, 46))))).json()
    await asyncio.wait_for(reached.wait(), 30)
    path = f"/directory/v1/imports/{posted['id']}/cancellation"
    for _ in range(2):
        answer = await network.http.post(path, headers=agency.headers)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled"), answer.text
    go_on.set()
    await eventually(
        lambda: network.db.due.find_one({"_id": f"import/{posted['id']}"}), until=lambda row: not row
    )
    after = (await network.get(f"/imports/{posted['id']}", agency.headers)).json()
    assert (after["state"], after["counts"]["applied"]) == ("cancelled", 20)
    assert len(await agency.people()) == 20
    assert not await network.db.import_files.find_one({"import_id": posted["id"]})
    other = next(each for slug, each in network.tokens.items() if slug != agency.slug)
    assert (await network.http.post(path, headers=other)).status_code == 404


async def test_who_may_import_and_who_may_look(agency: Agency, network: Network) -> None:
    [member, boss] = await network.hire(agency.slug, staff("m"), staff("b"))
    job = await agency.load(export(row(1)))
    assert (await network.get(f"/imports/{job['id']}", network.tokens["spv"])).status_code == 404
    assert (await network.get(f"/imports/{job['id']}/report", network.tokens["spv"])).status_code == 404
    mine = signed_in(member, agency.slug)
    assert (await agency.post(export(row(2)), mine)).status_code == 403
    coordinator = await network.coordinate(agency.slug, boss)
    assert (await agency.post(export(row(2)), coordinator)).status_code == 202


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"dry_run": "kanske"}, "dry_run"),
        ({"mapping": "{"}, "mapping"),
        ({"mapping": '{"Kod": "nosuch"}'}, "mapping"),
        ({"mapping": json.dumps({"x" * 201: None})}, "mapping"),
        ({"mapping": json.dumps({"Kod": "x" * 900_000})}, "mapping"),
        ({"dryrun": "true"}, "dryrun"),
    ],
)
async def test_a_form_that_is_wrong_is_told_where(agency: Agency, form: dict[str, str], field: str) -> None:
    answer = await agency.post(export(row(1)), **form)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
    assert len(answer.content) < 5_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b";" * 2_000_000 + b"\n" * 2_000_000, "line of the file is longer than 128000 bytes"),
        (b";" * 4_000_000, "line of the file is longer than 128000 bytes"),
        (b"\r".join([b"Anstnr;Namn", b"1;" + b"x" * 200_000]), "line of the file is longer"),
        (export(row(1), headings=HEADINGS + ";" * 200), "more than 200 columns"),
        (export(row(1), headings="\n\nPersonal 2026\n" + HEADINGS + ";a" * 200), "more than 200 columns"),
        (export(row(1), headings=HEADINGS + ";" + "å" * 201), "heading of the file is longer than 200"),
    ],
    ids=["empty headings", "one line", "one value", "columns", "under a title", "a heading"],
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_file_that_is_too_wide_is_refused_at_the_door(
    agency: Agency, network: Network, data: bytes, said: str, dry_run: bool
) -> None:
    kept = await network.db.import_files.estimated_document_count()
    answer = await agency.post(data, dry_run=dry_run)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "file"
    assert said in error["reason"]
    assert await network.db.imports.count_documents({"agency": agency.slug}) == 0
    # Others' files may expire meanwhile.
    assert await network.db.import_files.estimated_document_count() <= kept


async def test_a_file_of_two_hundred_columns_and_of_long_lines_is_taken_in(agency: Agency) -> None:
    wide = HEADINGS + "".join(f";Övrigt {n} {'x' * 150}" for n in range(193))
    job = await agency.load(export(row(1) + ";x" * 193, headings=wide))
    assert (job["state"], job["counts"]["applied"], len(job["unused"])) == ("done", 1, 193)


async def test_a_file_may_be_larger_than_other_bodies_and_has_a_limit_of_its_own(agency: Agency) -> None:
    from services.directory.imports import api

    wide = HEADINGS + ";Anteckning"
    rows = [row(n) + ";" + "x" * 100_000 for n in range(1, 21)]
    assert (await agency.load(export(*rows, headings=wide)))["counts"]["applied"] == 20
    told = {"Content-Length": str(api.MOST + 1)}
    too_large = await agency.network.http.post(
        "/directory/v1/imports", content=b"x", headers={**agency.headers, **told}
    )
    assert (too_large.status_code, too_large.json()["status"]) == (413, 413)
    no_file = await agency.network.http.post(
        "/directory/v1/imports/i/repetitions",
        content=b"x" * (limits.MAX_BODY + 1),
        headers={**agency.headers, "Content-Type": "application/json"},
    )
    assert no_file.status_code == 413
    nothing = await agency.network.http.post("/directory/v1/imports", headers=agency.headers)
    assert nothing.status_code == 422

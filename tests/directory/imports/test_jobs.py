"""D9: an import as a job: nothing twice, nothing lost when it is killed, set aside, cancelled."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.directory.imports import handlers, store
from services.directory.imports import worker as importer
from shared import due
from shared.due import Row, Work, rows, worker
from tests.directory.imports.agency import Agency, export, row
from tests.directory.network import Network
from tests.harness import eventually


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

"""D24: `agencynet agency add --coordinator` and `agencynet agency leave`, as an operator runs them."""

import asyncio
import json
import zipfile
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import pytest

from agencynet.local import Local
from services.directory.app import SPEC
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE, staff_topic
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.agencynet.program import ADD, agencynet
from tests.everybody import the_others
from tests.harness import Running, eventually, latest, publish, records, running, signed_in

TIA = "1, Tia, Tiondesson, tia@nordanstig.example"
BOSS = person_id("nordanstig", "1")


async def test_the_first_coordinator_is_named_with_the_agency_and_may_act_at_once(
    here: Local, settings: ServiceSettings
) -> None:
    async with running(SPEC, settings) as directory:
        added = await agencynet(*ADD, "--coordinator", TIA)
        assert added.exit_code == 0, added.output
        headers = signed_in(BOSS, "nordanstig")
        agency = await directory.http.get("/directory/v1/agencies/nordanstig", headers=headers)
        assert agency.json()["coordinators"] == [BOSS]
        tokens = await directory.http.get("/directory/v1/agencies/nordanstig/tokens", headers=headers)
        assert [token["name"] for token in tokens.json()["items"]] == ["hr-system"]


async def test_a_coordinator_who_is_half_said_is_asked_for_in_a_sentence_and_nothing_joins(
    here: Local, settings: ServiceSettings
) -> None:
    async with running(SPEC, settings) as directory:
        for half in ("Tia Tiondesson", "1, Tia, , tia@nordanstig.example", "1,2,3,4,5"):
            refused = await agencynet(*ADD, "--coordinator", half)
            assert refused.exit_code == 1
            assert "an employee id, a given name, a family name and an address" in refused.stderr
        assert await directory.mongo.db.agencies.find_one({"_id": "nordanstig"}) is None


async def test_an_agency_leaves_only_after_a_yes_and_takes_all_its_data_along(
    here: Local, settings: ServiceSettings, tmp_path: Path
) -> None:
    async with running(SPEC, settings) as directory, the_others(settings):
        assert (await agencynet(*ADD, "--coordinator", TIA)).exit_code == 0
        first, second = tmp_path / "first.zip", tmp_path / "second.zip"
        # Nobody answers the question: that is no yes.
        unsaid = await agencynet("agency", "leave", "nordanstig", "--archive", str(first))
        assert unsaid.exit_code == 1
        assert "1 people" in unsaid.stdout
        assert zipfile.ZipFile(first).testzip() is None
        assert not (await agency(directory))["deleted"]

        taken = await agencynet("agency", "leave", "nordanstig", "--archive", str(first), "--yes")
        assert (taken.exit_code, taken.stderr.split(". ")[0]) == (1, f"{first} is there already")
        assert not (await agency(directory))["deleted"]

        left = await agencynet("agency", "leave", "nordanstig", "--archive", str(second), "--yes", "--json")
        assert left.exit_code == 0, left.output
        said = json.loads(left.stdout)
        assert (said["agency"], said["state"], said["counts"]["people"]) == ("nordanstig", "gone", 1)
        with zipfile.ZipFile(second) as archive:
            (person,) = archive.read("people.jsonl").splitlines()
            assert json.loads(person)["family_name"] == "Tiondesson"
        assert (await agency(directory))["deleted"]
        assert (await directory.mongo.db.people.find_one({"_id": BOSS}))["family_name"] == ""
        for topic, id_ in (DIRECTORY_AGENCIES, "nordanstig"), (DIRECTORY_PEOPLE, BOSS):

            async def heard(topic: Any = topic, id_: str = id_) -> Any:
                return (await latest(settings, topic)).get(id_)

            await eventually(heard, until=lambda found: isinstance(found, Gone))
        assert await records(settings, "staff.nordanstig") == []
        again = await agencynet("agency", "leave", "nordanstig", "--archive", str(tmp_path / "third.zip"))
        assert (again.exit_code, again.stderr.strip()) == (1, "There is no such agency.")


@pytest.mark.ci
async def test_the_tenth_agency_joins_and_leaves_while_the_others_records_flow_and_they_do_not_wait_for_it(
    here: Local, settings: ServiceSettings, tmp_path: Path
) -> None:
    """D24: its first record is found, its archive has it, and an agency that was there is served as before."""
    versions = count(1)
    took: list[float] = []

    async def portion(directory: Running) -> None:
        """Twenty records of an agency, and how long it is until the last of them is there."""
        some = [an_employee(f"{n}", version=next(versions)) for n in range(20)]
        last = {"_id": person_id("spv", "19"), "feed_version": some[-1].version}
        began = monotonic()
        await publish(settings, staff_topic("spv"), *some)
        await eventually(lambda: directory.mongo.db.people.find_one(last))
        took.append(monotonic() - began)

    async def flow(directory: Running) -> None:
        while True:
            await portion(directory)

    async with running(SPEC, settings) as directory, the_others(settings):
        assert (await agencynet(*ADD, "--slug", "spv", "--mail-domain", "spv.example")).exit_code == 0
        for _ in range(10):
            await portion(directory)
        before = took[1:]  # The first waits until the feed is seen.
        took.clear()
        flowing = asyncio.create_task(flow(directory))
        assert (await agencynet(*ADD, "--coordinator", TIA)).exit_code == 0
        await publish(settings, staff_topic("nordanstig"), an_employee("2", family_name="Zzxqvist"))
        headers = signed_in(BOSS, "nordanstig")

        async def found() -> Any:
            answer = await directory.http.get("/directory/v1/people?q=Zzxqvist", headers=headers)
            return [each["agency"] for each in answer.json()["items"]]

        await eventually(found, until=lambda agencies: agencies == ["nordanstig"])
        archive = tmp_path / "archive.zip"
        left = await agencynet("agency", "leave", "nordanstig", "--archive", str(archive), "--yes")
        assert left.exit_code == 0, left.output
        flowing.cancel()
        await asyncio.gather(flowing, return_exceptions=True)
        assert "Zzxqvist" in zipfile.ZipFile(archive).read("staff_records.jsonl").decode()
        assert (await agency(directory))["deleted"]
    # Once, when its topic is seen, partitions are dealt out again.
    assert len(took) > 10
    assert median(took) < 2 * median(before) + 0.5, (before, took)
    assert max(took) < 10, took


def an_employee(employee_id: str, version: int = 1, family_name: str = "Öberg") -> StaffRecord:
    return StaffRecord(
        employee_id=employee_id,
        version=version,
        status="active",
        given_name="Åsa",
        family_name=family_name,
        roles=("jurist",),
        protected=False,
    )


async def agency(directory: Running) -> Any:
    return await directory.mongo.db.agencies.find_one({"_id": "nordanstig"})

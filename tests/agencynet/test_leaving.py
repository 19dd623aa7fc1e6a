"""D24: `agencynet agency add --coordinator` and `agencynet agency leave`, as an operator runs them."""

import json
import zipfile
from pathlib import Path
from typing import Any

from agencynet.local import Local
from services.directory.app import SPEC
from shared.contracts.ids import person_id
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.agencynet.program import ADD, agencynet
from tests.harness import Running, eventually, latest, records, running, signed_in

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
    async with running(SPEC, settings) as directory:
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


async def agency(directory: Running) -> Any:
    return await directory.mongo.db.agencies.find_one({"_id": "nordanstig"})

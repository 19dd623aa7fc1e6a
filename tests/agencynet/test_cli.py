"""The operator's commands: what they say, and what they do on a real Kafka and MongoDB."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from agencynet.keys import signing_key
from agencynet.local import Local
from agencynet.people import invent
from services.directory.app import SPEC
from shared.contracts.topics import DIRECTORY_AGENCIES
from shared.settings import ServiceSettings
from tests.agencynet.program import ADD, agencynet
from tests.harness import eventually, latest, running

PROGRAM = (Path(__file__).parents[2] / "examples" / "agency_system.py").read_text()


async def test_nothing_running_is_said_in_a_sentence(local: Local) -> None:
    result = await agencynet("demo")
    assert result.exit_code == 1
    assert result.stderr.strip() == "Nothing is running here. Start it with `make run` (or `agencynet run`)."


@pytest.mark.parts
async def test_a_mongodb_that_is_not_there_is_said_in_a_sentence(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENCYNET_MONGODB", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200")
    result = await agencynet("token", "create", "--agency", "csn", "--scope", "directory:read")
    assert result.exit_code == 1
    assert result.stderr.startswith("MongoDB does not answer")
    assert "Traceback" not in result.output


async def test_an_agency_joins_and_its_system_gets_a_token_that_works(
    here: Local, settings: ServiceSettings
) -> None:
    async with running(SPEC, settings) as directory:
        assert (await agencynet(*ADD)).exit_code == 0
        again = await agencynet(*ADD)
        assert (again.exit_code, again.stderr.strip()) == (1, "There is already an agency called nordanstig.")
        made = await agencynet(
            "token",
            "create",
            "--agency",
            "nordanstig",
            "--scope",
            "directory:read",
            "--name",
            "intranet",
            "--json",
        )
        token = json.loads(made.stdout)["token"]
        answer = await directory.http.get(
            "/directory/v1/agencies/nordanstig", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.json()["places"] == ["Bergsjö", "Gnarp"]
        announced = await eventually(
            lambda: latest(settings, DIRECTORY_AGENCIES),
            until=lambda all_: "nordanstig" in all_ and len(all_["nordanstig"].tokens) == 2,
        )
        of_hr, of_intranet = announced["nordanstig"].tokens
        assert "staff:write" in of_hr.scopes
        assert of_intranet.scopes == ("directory:read",)


async def test_a_scope_that_does_not_exist_is_refused(here: Local, settings: ServiceSettings) -> None:
    result = await agencynet("token", "create", "--agency", "csn", "--scope", "everything")
    assert result.exit_code == 1
    assert "There is no scope everything." in result.stderr


async def test_d13_the_operator_sees_a_mass_leave_and_decides(here: Local, settings: ServiceSettings) -> None:
    async with running(SPEC, settings) as directory:
        await agencynet(*ADD)
        made = await agencynet("token", "create", "--agency", "nordanstig", "--scope", "staff:write")
        headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
        person = {"given_name": "Åsa", "family_name": "Öberg", "protected": False}
        for version, status in ((1, "active"), (2, "left")):
            sent = [
                {"employee_id": f"e{n}", "version": version, "status": status, **person} for n in range(7)
            ]
            await directory.http.post("/directory/v1/staff-records", json={"records": sent}, headers=headers)
        listed = await agencynet("leaves", "list")
        assert "nordanstig  open: 7 of 7 people" in listed.stdout
        (found,) = json.loads((await agencynet("leaves", "list", "--json")).stdout)
        shown = await agencynet("leaves", "show", found["id"])
        assert "e3  Åsa Öberg" in shown.stdout
        refused = await agencynet("leaves", "refuse", found["id"])
        assert "refus" in refused.stdout
        other = await agencynet("leaves", "release", found["id"])
        assert other.exit_code == 1
        assert "already" in other.stderr
        unknown = await agencynet("leaves", "show", "nothing")
        assert (unknown.exit_code, unknown.stderr.strip()) == (1, "There is no such mass leave.")


async def test_a_person_gets_a_token_signed_by_this_machine(here: Local, settings: ServiceSettings) -> None:
    person = invent(1, datetime.now(UTC).date()).visible("upphandlare", "spv")[0]
    async with running(SPEC, settings):
        assert (await agencynet(*ADD, "--slug", "spv")).exit_code == 0
        sent = await publish_as_an_agency_would(settings, "spv", person.data())
        assert sent == 0
        made = await eventually(
            lambda: agencynet("token", "create", "--person", person.email, "--json"),
            until=lambda result: result.exit_code == 0,
        )
    public = KeySet.import_key_set(json.loads((here.keys / "jwks.json").read_text()))
    claims = jwt.decode(json.loads(made.stdout)["token"], public, algorithms=["ES256"]).claims
    assert (claims["sub"], claims["agency"]) == (person.id, "spv")


async def publish_as_an_agency_would(settings: ServiceSettings, agency: str, record: dict) -> int:
    """By the program that agencies copy, which knows of no namespaces: that is added to the topic here."""
    program = PROGRAM.replace('f"staff.{agency}", cloud', f'f"{settings.namespace}staff.{{agency}}", cloud')
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", program, "--agency", agency, "--file", "-"),
        stdin=asyncio.subprocess.PIPE,
        env={**os.environ, "AGENCYNET_KAFKA": settings.kafka},
    )
    await process.communicate(json.dumps(record).encode())
    return process.returncode or 0


def test_the_signing_key_is_made_once_and_for_nobody_else_to_read(tmp_path: Path) -> None:
    first = signing_key(tmp_path / "keys")
    assert signing_key(tmp_path / "keys").kid == first.kid
    assert (tmp_path / "keys" / "signing.json").stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads((tmp_path / "keys" / "jwks.json").read_text())["keys"][0]


def test_tokens_are_kept_for_nobody_else_to_read(tmp_path: Path) -> None:
    local = Local(tmp_path)
    local.keep_token("csn", "a")
    local.keep_token("spv", "b")
    assert local.tokens() == {"csn": "a", "spv": "b"}
    assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600


async def test_an_hr_export_is_imported_with_its_problems_by_row(
    here: Local, settings: ServiceSettings, tmp_path: Path
) -> None:
    """D9: dry first, then for real; again, it is known already."""
    file, report = tmp_path / "personal.csv", tmp_path / "fel.csv"
    rows = "Anstnr;Namn;E-post;Kön\r\n1;Åsa Öberg;;K\r\n2;Bo Ek;bo;M\r\n"
    file.write_bytes(rows.encode("cp1252"))
    async with running(SPEC, settings) as directory:
        assert (await agencynet(*ADD)).exit_code == 0
        dry = await agencynet("import", "nordanstig", str(file), "--dry-run")
        assert dry.exit_code == 1
        assert "2 rows: 1 new or changed, 1 with problems. Nothing was changed" in dry.output
        assert "row 3, E-post: is not an e-mail address" in dry.output
        assert "Columns without a use: Kön" in dry.output
        assert not await directory.mongo.db.people.find_one({"agency": "nordanstig"})
        done = await agencynet("import", "nordanstig", str(file), "--report", str(report), "--json")
        assert json.loads(done.stdout)["counts"]["applied"] == 1
        assert "3;2;E-post;är ingen e-postadress" in report.read_text(encoding="utf-8-sig")
        again = await agencynet("import", "nordanstig", str(file), "--json")
        assert json.loads(again.stdout)["counts"]["unchanged"] == 1
        nobody = await agencynet("import", "ingenstans", str(file))
        assert "There is no such agency" in nobody.output

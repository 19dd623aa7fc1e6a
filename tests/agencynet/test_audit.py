"""O2: `agencynet audit verify`, as an operator runs it; and what operators themselves leave in the audit."""

import json
from typing import Any

import pytest

from agencynet.local import Local
from services.directory.app import SPEC
from shared.audit import sealing
from shared.audit.chain import Anchor
from shared.settings import ServiceSettings
from tests.agencynet.program import ADD, agencynet
from tests.harness import Running, running

TOKEN = ["token", "create", "--agency", "nordanstig", "--scope", "directory:read"]


async def verified(*words: str, exit_code: int = 0) -> dict[str, Any]:
    """What is said of the directory."""
    result = await agencynet("audit", "verify", *words, "--json")
    assert result.exit_code == exit_code, result.output
    return next(each for each in json.loads(result.stdout) if each["service"] == "directory")


async def sealed(directory: Running, *words: str) -> list[dict[str, Any]]:
    assert (await agencynet(*words)).exit_code == 0
    await sealing.seal_all(directory.mongo)
    return await directory.mongo.db.audit.find({"batch": {"$gt": 0}}).sort("_id").to_list(None)


async def test_a_whole_chain_is_said_with_its_anchor_and_a_touched_one_fails_by_name(
    here: Local, settings: ServiceSettings
) -> None:
    async with running(SPEC, settings) as directory:
        entries = await sealed(directory, *ADD)
        first = await verified()
        assert (first["entries"], first["broken"]) == (len(entries), None)
        await sealed(directory, *TOKEN)
        said = await agencynet("audit", "verify", "--anchor", first["head"])
        assert said.exit_code == 0, said.output
        whole = await verified("directory", "--anchor", first["head"])
        assert (whole["anchors"], whole["entries"]) == (1, len(entries) + 1)
        assert "all as they were sealed; met the anchor" in said.stdout
        assert f"anchor to keep elsewhere: {whole['head']}" in said.stdout
        assert "events: nothing is sealed yet" in said.stdout
        touched = entries[0]["_id"]
        await directory.mongo.db.audit.update_one({"_id": touched}, {"$set": {"by.account": "somebody"}})
        broken = await verified(exit_code=1)
        assert broken["broken"]["entry"] == touched
        failed = await agencynet("audit", "verify")
        assert failed.exit_code == 1
        assert (
            f"directory: BROKEN at batch 1, place 0, entry {touched}: an entry was changed" in failed.stdout
        )


async def test_a_tail_cut_off_fails_by_an_earlier_anchor(here: Local, settings: ServiceSettings) -> None:
    async with running(SPEC, settings) as directory:
        await sealed(directory, *ADD)
        await sealed(directory, *TOKEN)
        whole = await verified()
        last = Anchor.parse(whole["head"]).batch
        await directory.mongo.db.audit.delete_many({"batch": last})
        await directory.mongo.db.audit_seals.delete_one({"_id": last})
        assert (await verified())["broken"] is None
        cut = await verified("--anchor", whole["head"], exit_code=1)
        assert cut["broken"]["batch"] == last


@pytest.mark.parametrize("anchor", ["directory", "directory:x:y", "kitchen:1:ab"])
async def test_what_is_no_anchor_is_said_in_a_sentence(here: Local, anchor: str) -> None:
    result = await agencynet("audit", "verify", "--anchor", anchor)
    assert result.exit_code == 1
    assert result.stderr.startswith(("An anchor is service:batch:sha256.", "There is no service kitchen."))


async def test_what_an_operator_does_is_written_with_their_account(
    here: Local, settings: ServiceSettings
) -> None:
    async with running(SPEC, settings) as directory:
        found = await sealed(directory, *ADD, "--coordinator", "1, Tia, Tiondesson, t@nordanstig.example")
        assert [entry["act"] for entry in found] == ["agency.added", "trust.given", "token.created"]
        assert {entry["by"]["kind"] for entry in found} == {"operator"}
        assert all("@" in entry["by"]["account"] for entry in found)
        assert "Tiondesson" not in str(found)

"""What the one who is woken at night runs: parked, redrive, rebuild, republish, topics."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import yaml
from aiokafka.admin import NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from agencynet.local import Local
from services.events.app import SPEC as EVENTS
from shared.audit import sealing
from shared.consuming import operating as parked
from shared.consuming.incoming import Incoming
from shared.consuming.subscriptions import Subscription
from shared.contracts.directory import Person
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.kafka import clients as kafka
from shared.mongo import Transaction
from shared.settings import ServiceSettings
from tests.agencynet.program import ADD, agencynet
from tests.harness import Running, a_person, eventually, produce, publish, running

TOPIC = DIRECTORY_PEOPLE.name


async def fail(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
    raise ZeroDivisionError


@asynccontextmanager
async def broken_events(settings: ServiceSettings, *people: Person) -> AsyncIterator[Running]:
    """The events service as it was before it was mended: it fails on everybody. These are parked."""
    spec = replace(EVENTS, subscriptions=(Subscription(DIRECTORY_PEOPLE, fail),), workers={})
    async with running(spec, settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, *people)
        find = service.mongo.db.parked.find({"topic": TOPIC, "kind": "failed"})
        await eventually(lambda: find.clone().to_list(None), until=lambda found: len(found) == len(people))
        yield service


async def answer(*words: str) -> Any:
    result = await agencynet(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_what_is_parked_is_listed_by_reason_and_names_nobody(
    here: Local, settings: ServiceSettings
) -> None:
    first, second = a_person(), a_person()
    async with broken_events(settings, first, second, first.model_copy(update={"version": 2})):
        await produce(settings, TOPIC, [(second.id, b"{")])
        groups = await eventually(
            lambda: answer("parked", "list", "events"), until=lambda found: len(found) == 3
        )
        found = {(group["kind"], group["reason"][:9], group["records"], group["keys"]) for group in groups}
        assert found == {
            ("failed", "failed wi", 2, 2),
            ("failed", "waits beh", 1, 1),
            ("refused", "is not JS", 1, 1),
        }
        assert len(await answer("parked", "list", "events", "--kind", "refused")) == 1
        assert await answer("parked", "list", "events", "--topic", "staff.csn") == []
        shown = (await agencynet("parked", "list")).stdout
        assert "ZeroDivisionError" in shown
        assert not any(word in shown for word in (first.id, second.id, first.email, first.display_name))


async def test_a_records_content_is_shown_only_when_asked_for_and_that_is_written_down(
    here: Local, settings: ServiceSettings
) -> None:
    person = a_person()
    async with broken_events(settings, person) as service:
        (group,) = await answer("parked", "list", "events")
        shown = (await agencynet("parked", "show", "events", group["first"])).output
        assert "failed with ZeroDivisionError" in shown
        assert "operators of this machine" in shown
        assert not any(word in shown for word in (person.id, person.email, "Åsa"))
        await sealing.seal_all(service.mongo)
        assert await sealing.last_seal(service.mongo.db) is None

        whole = (await agencynet("parked", "show", "events", group["first"], "--payload")).output
        assert person.email in whole
        await sealing.seal_all(service.mongo)
        (written,) = await service.mongo.db.audit.find({"batch": 1}).to_list(None)
        assert (written["act"], written["by"]["kind"]) == ("parked_record.read", "operator")
        assert written["thing"] == f"parked-record/{group['first']}"
        assert person.email not in str(written)
        nothing = await agencynet("parked", "show", "events", f"{TOPIC}/9/9")
        assert (nothing.exit_code, nothing.stderr.strip()) == (1, f"No record {TOPIC}/9/9 is parked here.")


async def test_redrive_handles_each_key_in_its_order_and_nothing_in_a_dry_run(
    here: Local, settings: ServiceSettings
) -> None:
    first, second = a_person(), a_person()
    newer = first.model_copy(update={"version": 2, "title": "Chef"})
    async with broken_events(settings, first, second, newer) as service:
        tried = await answer("parked", "redrive", "events", "--dry-run")
        assert sorted(queue["records"] for queue in tried) == [1, 2]
        assert len(await answer("parked", "list", "events")) == 2
        one = next(queue["first"] for queue in tried if queue["records"] == 2)
        done = await answer("parked", "redrive", "events", "--record", one)
        assert done == {"redriven": 2, "keys": 1, "failing": []}
        kept = await service.mongo.db.people.find_one({"_id": first.id})
        assert kept
        assert kept["version"] == 2
        assert await answer("parked", "redrive", "events") == {"redriven": 1, "keys": 1, "failing": []}
        assert (await agencynet("parked", "list")).stdout.strip() == "Nothing is parked."


async def test_a_key_that_fails_again_waits_as_before_and_stops_nobody_else(
    settings: ServiceSettings,
) -> None:
    bad, good = a_person(), a_person()

    async def half_mended(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
        if any(incoming.data.id == bad.id for incoming in batch):
            raise ZeroDivisionError

    async with broken_events(settings, bad, good) as service:
        waiting = await parked.queues(service.mongo.db)
        subscription = Subscription(DIRECTORY_PEOPLE, half_mended)
        outcomes = [one async for one in parked.redrive(service.mongo, [subscription], waiting)]
        assert sorted((one.records, one.error) for one in outcomes) == [(0, "ZeroDivisionError"), (1, "")]
        (left,) = await parked.queues(service.mongo.db)
        assert (left.key, left.records) == (bad.id.encode(), 1)


async def test_rebuild_and_republish_say_how_much_before_they_do_it(
    here: Local, settings: ServiceSettings
) -> None:
    people = [a_person() for _ in range(30)]
    async with running(EVENTS, settings) as service:
        await publish(settings, DIRECTORY_PEOPLE, *people)
        count = service.mongo.db.people.estimated_document_count
        await eventually(count, until=lambda found: found == 30)
        copies = {
            copy["collection"]: copy for copy in (await answer("rebuild", "events", "--dry-run"))["copies"]
        }
        assert copies["people"] == {
            "collection": "people",
            "topic": TOPIC,
            "records": 30,
            "documents": 30,
            "blocked": False,
        }
        built = {copy["collection"]: copy for copy in (await answer("rebuild", "events"))["copies"]}
        assert built["people"]["records"] == 30
        assert await answer("republish", "events.meetings", "--dry-run") == {
            "dry_run": True,
            "topic": "events.meetings",
            "entities": 0,
        }


async def test_a_rebuild_that_would_be_refused_says_so_before(here: Local, settings: ServiceSettings) -> None:
    async with broken_events(settings, a_person()):
        plan = (await agencynet("rebuild", "events", "--dry-run")).stdout
        assert "redrive them first" in plan
        refused = await agencynet("rebuild", "events")
        assert (refused.exit_code, "Redrive them first" in refused.stderr) == (1, True)


def _partitions(found: Any) -> list[str]:
    """Kafka makes them a moment after it has said so."""
    return [one["found"] for one in found["drift"] if (one["setting"], one["found"]) == ("partitions", "5")]


async def test_topics_apply_shows_drift_and_makes_what_is_missing_once(
    here: Local, settings: ServiceSettings
) -> None:
    ns = settings.namespace
    async with kafka.admin(settings) as admin:
        await admin.delete_topics([f"{ns}events.meetings"])
        await admin.create_partitions({f"{ns}notify.requests": NewPartitions(5)})

    async def plan() -> Any:
        return await answer("topics", "apply", "--dry-run")

    seen = await eventually(
        plan, until=lambda found: found["would_create"] == [f"{ns}events.meetings"] and _partitions(found)
    )
    drift = {(one["topic"], one["setting"]): (one["found"], one["wanted"]) for one in seen["drift"]}
    assert drift[f"{ns}notify.requests", "partitions"] == ("5", "3")
    assert not [setting for _, setting in drift if setting != "partitions"]
    assert (await answer("topics", "apply"))["created"] == [f"{ns}events.meetings"]
    again = await eventually(plan, until=lambda found: not found["would_create"])
    assert f"{ns}notify.requests" in {one["topic"] for one in again["drift"]}


async def test_topics_apply_lets_old_topics_forget_what_is_superseded_as_soon_as_new_ones(
    here: Local, settings: ServiceSettings
) -> None:
    """D20: names that are in force no more must not lie on Kafka for a week, as they did in topics of before."""
    name = f"{settings.namespace}directory.people"
    old = {"cleanup.policy": "compact", "max.message.bytes": "1500000"}
    async with kafka.admin(settings) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, old)])

    async def plan() -> Any:
        return await answer("topics", "apply", "--dry-run")

    seen = await eventually(plan, until=lambda found: found["would_mend"])
    mended = {(one["topic"], one["setting"], one["wanted"]) for one in seen["would_mend"]}
    assert mended == {(name, "max.compaction.lag.ms", "60000"), (name, "segment.ms", "60000")}
    left = seen["drift"]
    settings_left = {one["setting"] for one in left}
    assert settings_left == {"delete.retention.ms", "message.timestamp.type", "partitions"}
    assert (await answer("topics", "apply"))["mended"] == seen["would_mend"]
    again = await eventually(plan, until=lambda found: not found["would_mend"])
    assert again["drift"] == left, "what may not be changed is as it was"
    async with kafka.admin(settings) as admin:
        [said] = await admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": ""})]
        )
    assert said.resources[0][4][0][1] == "1500000", "what an operator has set is kept"


async def test_an_agency_that_has_joined_is_among_what_strimzi_is_told(
    here: Local, settings: ServiceSettings
) -> None:
    added = await agencynet(*ADD)
    assert added.exit_code == 0, added.output
    told = [one for one in yaml.safe_load_all((await agencynet("topics", "strimzi")).stdout) if one]
    mine = [one["kind"] for one in told if one["metadata"]["name"] == "staff.nordanstig"]
    assert mine == ["KafkaTopic", "KafkaUser"]

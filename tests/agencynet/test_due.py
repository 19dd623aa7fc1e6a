"""What an operator does about work that was set aside: list, show, retry, drop."""

import json
from datetime import UTC, datetime
from typing import Any

from agencynet.local import Local
from services.courses.app import SPEC
from shared import due
from shared.due import rows
from shared.settings import ServiceSettings
from tests.agencynet.program import agencynet
from tests.harness import Running, eventually, running

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def answer(*words: str) -> Any:
    result = await agencynet(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def set_aside(courses: Running, *ids: str) -> None:
    # Of no kind that the service works on, so that it leaves them alone.
    found = [due.Row(id_, "unknown", f"course/{id_}", NOW) for id_ in ids]
    await courses.mongo.transact(lambda tx: due.schedule(tx, found))
    for id_ in ids:
        await rows.set_aside(courses.mongo.db, id_, "KeyError in worker.py:1", NOW)


async def test_what_was_set_aside_is_listed_shown_and_tried_again(
    here: Local, settings: ServiceSettings
) -> None:
    async with running(SPEC, settings) as courses:
        await set_aside(courses, "one", "two")
        listed = await answer("due", "list", "courses")
        assert [(row["id"], row["state"], row["why"]) for row in listed["rows"]] == [
            ("one", "set aside", "KeyError in worker.py:1"),
            ("two", "set aside", "KeyError in worker.py:1"),
        ]
        shown = await answer("due", "show", "courses", "one")
        assert (shown["subject"], shown["tries"]) == ("course/one", 2)
        assert (await answer("due", "retry", "courses", "--dry-run"))["ids"] == ["one", "two"]
        assert (await courses.mongo.db.due.find_one({"_id": "one"}))["state"] == "aside"
        assert (await answer("due", "retry", "courses", "one"))["ids"] == ["one"]
        row = await courses.mongo.db.due.find_one({"_id": "one"})
        assert (row["state"], row["tries"], "aside_at" in row) == ("due", 0, False)
        again = await agencynet("due", "retry", "courses", "one")
        assert again.exit_code == 1
        assert "No work one is set aside here" in again.stderr
        waiting = await answer("due", "list", "courses", "--waiting", "--kind", "unknown")
        assert [(row["id"], row["state"]) for row in waiting["rows"]] == [
            ("two", "set aside"),
            ("one", "waiting"),
        ]


async def test_what_is_dropped_is_forgotten_and_that_stands_in_the_audit(
    here: Local, settings: ServiceSettings
) -> None:
    async with running(SPEC, settings) as courses:
        await set_aside(courses, "one", "two")
        assert (await answer("due", "drop", "courses", "one"))["ids"] == ["one"]
        assert await courses.mongo.db.due.find_one({"_id": "one"}) is None
        acts = courses.mongo.db.audit.find({"_id": {"$gt": ""}, "act": "due_work.dropped"})
        (entry,) = await eventually(lambda: acts.clone().to_list(None))
        assert (entry["thing"], entry["details"]["rows"]) == ("due-work/one", 1)
        text = (await agencynet("due", "list", "courses")).stdout
        assert "two" in text
        assert "one  " not in text

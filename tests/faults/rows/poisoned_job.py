"""Two rows of due work are bad: one makes its handler raise, one kills each process that claims it. Both
are set aside at the third, the service is ready all the time, and everybody else's work is done.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.faults.row import Row
from tests.faults.scene import Scene

_RAISES, _KILLS = "leave/raises/nothing", "leave/kills"
_TRIES = 3
_SET_ASIDE_SECONDS = 60.0
_AGAIN_SECONDS = 5.0


async def poisoned_job(scene: Scene) -> None:
    db, nodes = scene.cluster.databases["events"].db, scene.cluster.of("events")
    await scene.settled(within=60)
    deaths, slowest = 0, 0.0
    await db.due.insert_many(
        [_row(_RAISES, "leave meeting", "meeting/none"), _row(_KILLS, "leave", "person/none")]
    )
    try:
        while (await _state(db, _KILLS))["state"] == "due":
            for node in nodes:
                await node.ready(scene.cluster.http)
                # Whoever took over was not armed: each try kills whoever makes it.
                node.arm(f"due.claimed@{_KILLS}:1")

            async def tried() -> bool:
                return any(node.died for node in nodes) or (await _state(db, _KILLS))["state"] == "aside"

            await scene.until("the row that kills is tried", tried, within=_SET_ASIDE_SECONDS)
            died = [node for node in nodes if node.died]
            since = scene.now()
            deaths += len(died)
            scene.require(deaths <= _TRIES, f"it killed {deaths} times")
            if died:
                slowest = max(slowest, await scene.works_again(since, _AGAIN_SECONDS))
            await db.due.update_one({"_id": _RAISES, "state": "due"}, {"$set": {"next": datetime.now(UTC)}})
        for node in nodes:
            node.disarm()

        async def aside() -> int:
            # Its pauses are minutes, which a suite need not wait.
            again = {"_id": _RAISES, "state": "due", "claim": {"$exists": False}}
            await db.due.update_one(again, {"$set": {"next": datetime.now(UTC)}})
            return await db.due.count_documents({"kind": {"$gt": ""}, "state": "aside"})

        await scene.until("both are set aside", aside, lambda count: count == 2, within=_SET_ASIDE_SECONDS)
        await scene.settled(within=30)
        scene.measured("deaths", deaths)
        scene.measured("slowest back after s", slowest)
        scene.require(deaths == _TRIES, f"the row that kills was set aside after {deaths} deaths")
        for node in nodes:
            await node.ready(scene.cluster.http)
    finally:
        for node in nodes:
            node.disarm()
        await db.due.delete_many({"_id": {"$in": [_RAISES, _KILLS]}})


async def _state(db: Any, id_: str) -> dict[str, Any]:
    return await db.due.find_one({"_id": id_}) or {"state": "gone"}


def _row(id_: str, kind: str, subject: str) -> dict[str, Any]:
    """Its handler misses the person in it, or finds that there is nothing to do."""
    now = datetime.now(UTC)
    told = {"kind": kind, "subject": subject, "data": {}, "due": now, "next": now}
    return {"_id": id_, **told, "state": "due", "tries": 0, "asked": 1}


ROWS = (
    Row(
        "poisoned-job",
        "bad rows of due work are set aside at the third; their neighbours go on",
        poisoned_job,
    ),
)

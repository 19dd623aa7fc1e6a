"""Timers of something whose time can change: what is to happen at a wall time, once, however often the time
is changed.

Plan a subject's timers in the transaction that changes it. The plan and the handler write the same rows, so a
timer that was planned again never rings as it was. A row holds the wall time, its zone and the instant; what
has rung is remembered for 90 days, so that a clock that is set back rings nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, ReplaceOne

from shared.due.rows import TRIES, Row
from shared.moments import Moment
from shared.mongo import Document, Transaction

KIND = "timer"


@dataclass(frozen=True, slots=True)
class Timer:
    """`version` rises whenever the timers of its subject are planned again; `after` is how far an earlier
    transaction came.
    """

    row: Row
    subject: str
    name: str
    due: datetime
    version: int
    after: str


def timer(row: Row) -> Timer:
    data = row.data
    return Timer(row, row.subject, data["name"], row.due, data["version"], data["after"])


async def plan(tx: Transaction, subject: str, moments: Sequence[Moment], edition: int) -> None:
    """From now on these, and no others, are the timers of `subject`; what has rung at the same time already
    does not ring again. `edition` rises with every change of the subject.
    """
    found = tx.db.due.find({"subject": subject, "kind": KIND}, session=tx.session)
    rows = {row["data"]["name"]: row for row in await found.to_list(None)}
    wanted = {m.name: m for m in sorted(moments, key=lambda m: m.due) if not _has_rung(rows.get(m.name), m)}
    pending = {name: row["due"] for name, row in rows.items() if row["state"] != "done"}
    if pending == {name: moment.due for name, moment in wanted.items()}:
        return
    changes: list[ReplaceOne[Document] | DeleteOne] = [
        ReplaceOne(
            {"_id": _id(subject, moment.name)},
            _row(subject, moment, rows.get(moment.name), edition * 100 + position),
            upsert=True,
        )
        for position, moment in enumerate(wanted.values())
    ]
    changes += [DeleteOne({"_id": _id(subject, name)}) for name in pending if name not in wanted]
    await tx.db.due.bulk_write(changes, ordered=False, session=tx.session)


def _id(subject: str, name: str) -> str:
    return f"{subject}#{name}"


def _has_rung(row: Mapping[str, Any] | None, moment: Moment) -> bool:
    return row is not None and row["state"] == "done" and row["due"] == moment.due


def _row(subject: str, moment: Moment, before: Mapping[str, Any] | None, version: int) -> Document:
    under_way = before is not None and before["state"] != "done" and before["due"] == moment.due
    return {
        "kind": KIND,
        "subject": subject,
        "due": moment.due,
        "next": moment.due,
        "state": "due",
        # One that was set aside has one more try, as all work that is asked for again.
        "tries": TRIES - 1 if before and before["state"] == "aside" else 0,
        "asked": before["asked"] + 1 if before else 1,
        "data": {
            "name": moment.name,
            "wall": moment.wall.isoformat(timespec="minutes"),
            "zone": moment.zone,
            "version": version,
            "after": before["data"]["after"] if before and under_way else "",
        },
    }

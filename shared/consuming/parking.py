"""What could not be handled waits here, with a reason that its sender can act on."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from pydantic import ValidationError
from pymongo import ASCENDING, IndexModel, ReplaceOne

from shared.contracts.parked import Parked
from shared.contracts.topics import STAFF_PREFIX, parked_topic
from shared.mongo import Document, Indexes, Transaction
from shared.observing import metrics
from shared.publishing import outbox

INDEXES: Indexes = {
    "parked": [
        IndexModel(
            [("topic", ASCENDING), ("partition", ASCENDING), ("kind", ASCENDING), ("offset", ASCENDING)]
        ),
        # How many keys wait is measured all the time; what was refused must not make that dearer.
        IndexModel("topic", partialFilterExpression={"kind": "failed"}, name="failed"),
        # What the sender must mend is forgotten after 90 days; what failed on our side never on its own.
        IndexModel(
            "at",
            expireAfterSeconds=90 * 86_400,
            partialFilterExpression={"kind": "refused"},
            name="refused_ttl",
        ),
    ],
}
_KEPT_BYTES = 1_100_000
_FIELD_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this message",
    "string_pattern_mismatch": "has characters or a form that are not allowed",
    "string_unicode": "has half a character, which is not allowed",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where (`data.phone`) and what, without the content itself."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field} {self.reason}" if self.field else self.reason


class Record(NamedTuple):
    """A record as Kafka delivered it; its topic without the namespace."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None

    @property
    def id(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def key_text(self) -> str | None:
        return None if self.key is None else self.key.decode(errors="replace")


def problems(error: ValidationError) -> list[Problem]:
    """Every field that is wrong. Field names that could be personal data are not repeated."""
    found: list[Problem] = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        if item["type"] == "json_invalid":
            found.append(Problem("", f"is not JSON: {item['msg'].removeprefix('Invalid JSON: ')}"))
            continue
        path = [
            str(part) if isinstance(part, int) or _FIELD_NAME.match(part) else "(a field with an odd name)"
            for place, part in enumerate(item["loc"])
            # Where a message may be of two shapes, the second part says which: nothing its sender wrote.
            if place != 1 or not isinstance(part, int)
        ]
        message = item["msg"]
        reason = _WORDS.get(item["type"], message[:1].lower() + message[1:])
        found.append(Problem(".".join(path), reason))
    return found


def say(found: Sequence[Problem]) -> str:
    return "; ".join(str(problem) for problem in found[:20])


class Case(NamedTuple):
    """A record that does not count, and why."""

    record: Record
    kind: Literal["refused", "failed"]
    reason: str


async def park(tx: Transaction, cases: Sequence[Case]) -> None:
    """Keep the records and announce each on `<service>.parked`. Idempotent per record."""
    if not cases:
        return
    now = datetime.now(UTC)
    documents = [_document(case, now) for case in cases]
    # One command for all: who sends its whole past again has as many parked as it sends.
    await tx.db.parked.bulk_write(
        [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents],
        ordered=False,
        session=tx.session,
    )
    for case, document in zip(cases, documents, strict=True):
        record = case.record
        count = metrics.parked.labels(tx.sender.service, record.topic, case.kind)
        tx.after_commit.append(count.inc)
        outbox.tell(
            tx,
            parked_topic(tx.sender.service),
            Parked(
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                key=record.key_text,
                kind=case.kind,
                reason=case.reason,
                parked_at=now,
                # What an agency says of its staff stays on its own topic and with us: it may be of the
                # protected.
                value_base64=""
                if record.topic.startswith(STAFF_PREFIX)
                else b64encode(document["value"]).decode(),
                truncated=document["truncated"],
            ),
            key=record.id,
            version=record.offset,
            message_id=record.id,
        )


def _document(case: Case, now: datetime) -> Document:
    record = case.record
    value = record.value or b""
    return {
        "_id": record.id,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "kind": case.kind,
        "reason": case.reason,
        "value": value[:_KEPT_BYTES],
        "truncated": len(value) > _KEPT_BYTES,
        "at": now,
    }

"""A batch of records, judged one after the other: who each is about, and whether it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.directory.intake.handlers.submissions import Salvaged, Submission
from services.directory.intake.models import Door
from services.directory.intake.rules import identity, intake
from services.directory.intake.rules.intake import (
    APPLIED,
    NOT_LEFT,
    SOMEBODY_ELSE,
    UNCHANGED,
    Safety,
    Verdict,
    judge,
)
from services.directory.intake.rules.safety import SafetyFacts
from services.directory.people.rules.merging import Feed
from shared.consuming.parking import Record
from shared.contracts.envelope import Trace
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord, read_kept
from shared.moments import now_ms
from shared.mongo import Document


@dataclass(slots=True)
class Standing:
    """Whom an employee id stands for, and what the batch has said of them so far."""

    id: str
    before: Document | None
    generation: int = 1
    pending: Submission | None = None
    counted: int | None = None
    """The version of the batch's last record of them that counts whole."""

    @property
    def is_known(self) -> bool:
        # Of the erased nothing is known.
        return self.pending is not None or bool(self.before and self.before["employee_id"])

    def record(self) -> StaffRecord:
        """What was last said of them."""
        if self.pending is not None:
            return self.pending.record
        assert self.before is not None  # noqa: S101 - somebody who is known
        # A correction may have said that they have left.
        known = read_kept(self.before["record"])
        return known.model_copy(update={"status": self.before["status"]})


@dataclass(slots=True)
class Batch:
    """`people` are those known under each employee id, by the person id that the employee id makes."""

    feed: Feed
    door: Door
    now: datetime
    people: Mapping[str, Document]
    verdicts: list[Verdict] = field(default_factory=list[Verdict])
    applied: dict[str, list[tuple[int, Submission]]] = field(
        default_factory=dict[str, list[tuple[int, Submission]]]
    )
    before: dict[str, Document | None] = field(default_factory=dict[str, "Document | None"])
    successors: dict[str, str] = field(default_factory=dict[str, str])
    generations: dict[str, int] = field(default_factory=dict[str, int])
    _standings: dict[str, Standing] = field(default_factory=dict[str, Standing])
    arrived: dict[str, Any] = field(default_factory=dict[str, Any])
    """By which door and when."""
    _newest: int = 0

    def __post_init__(self) -> None:
        self.arrived = {"door": self.door, "at": now_ms(self.now)}
        self._newest = intake.newest_version(self.now)

    def judge_all(self, submissions: Sequence[Submission | Salvaged], bases: Mapping[str, str]) -> None:
        """`bases`: the person id that each employee id makes."""
        for each in submissions:
            if isinstance(each, Salvaged):
                verdict = Verdict("refused", each.reason)
                base = bases[each.facts.employee_id]
                verdict = self._salvage(self._standing(base), each.facts, verdict, each.cause, each.sent)
            else:
                verdict = self._judge(each, bases[each.record.employee_id])
            self.verdicts.append(verdict)

    @property
    def newest(self) -> dict[str, Submission]:
        """What happens: the last that counts of each person."""
        return {id_: counted[-1][1] for id_, counted in self.applied.items()}

    def _standing(self, base: str) -> Standing:
        standing = self._standings.get(base)
        if standing is None:
            before = self.people.get(base)
            if before is None:
                standing = Standing(base, None)
            else:
                standing = Standing(before["_id"], before, before.get("generation") or 1)
            self._standings[base] = standing
        return standing

    def _judge(self, each: Submission, base: str) -> Verdict:
        standing = self._standing(base)
        verdict = self._verdict(each.record, standing)
        is_new = standing.before is None and standing.pending is None
        if verdict is APPLIED and not is_new and self._is_somebody_else(each.record, standing):
            if standing.record().status == "left":
                self._begin_generation(standing, each.record.employee_id)
            else:
                verdict = SOMEBODY_ELSE
        if verdict is APPLIED:
            self._apply(standing, each)
        elif verdict.outcome == "refused":
            record = each.record
            facts = SafetyFacts(record.employee_id, None, record.protected, record.status == "left")
            return self._salvage(standing, facts, verdict, each.cause, each.sent)
        return verdict

    def _verdict(self, record: StaffRecord, standing: Standing) -> Verdict:
        """Content is looked at only where a version comes again."""
        version, before, pending = record.version, standing.before, standing.pending
        if version > self._newest:
            return intake.too_new(version, self._newest)
        if pending is not None and standing.counted is not None:
            return judge(version, standing.counted, same_content=pending.record == record)
        if before is None:
            return APPLIED
        known = intake.known_version(before, self.door, version, self._newest)
        if known != version:
            return judge(version, known, same_content=False)
        arrived = before.get("arrived")
        if arrived and (arrived["door"] != self.door or arrived.get("partly")):
            # It is a repetition, but another door has said something since.
            return UNCHANGED
        return judge(version, known, same_content=read_kept(before["record"]) == record)

    def _is_somebody_else(self, record: StaffRecord, standing: Standing) -> bool:
        if record.status == "left" or not standing.is_known:
            return False
        before = standing.before
        if (
            standing.pending is None
            and before is not None
            and before["status"] == "active"
            and (before["given_name"] == record.given_name or before["family_name"] == record.family_name)
        ):
            return False
        return identity.who(standing.record(), record) == "somebody_else"

    def _begin_generation(self, standing: Standing, employee_id: str) -> None:
        """The agency has given a leaver's id to somebody else: another person, who inherits nothing."""
        former = standing.id
        standing.generation += 1
        standing.id = person_id(self.feed.agency, employee_id, standing.generation)
        standing.before = standing.pending = standing.counted = None
        self.successors[former] = standing.id
        self.generations[standing.id] = standing.generation

    def _apply(self, standing: Standing, submission: Submission) -> None:
        standing.pending = submission
        if submission.facts is None:
            standing.counted = submission.record.version
        self.before.setdefault(standing.id, standing.before)
        self.applied.setdefault(standing.id, []).append((len(self.verdicts), submission))

    def _salvage(
        self, standing: Standing, facts: SafetyFacts, verdict: Verdict, cause: Trace, sent: Record | None
    ) -> Verdict:
        """What a refused record says about safety holds, unless something newer is known by this door."""
        if not standing.is_known or (facts.version is not None and self._is_stale(facts.version, standing)):
            return verdict
        known = standing.record()
        changes: dict[str, object] = {}
        holds: list[Safety] = []
        if self.feed.protects(facts.protected):
            if not self.feed.protects(known.protected):
                changes["protected"] = True if facts.protected else None
            if changes or facts.protected:
                holds.append("protected")
        if facts.left and verdict is not NOT_LEFT:
            holds.append("left")
            if known.status == "active":
                changes["status"] = "left"
        if changes:
            self._apply(standing, Submission(known.model_copy(update=changes), cause, sent, facts))
        if not holds:
            return verdict
        return replace(verdict, holds=tuple(holds))

    def _is_stale(self, version: int, standing: Standing) -> bool:
        if version > self._newest:
            return False
        if standing.counted is not None:
            return version < standing.counted
        if standing.before is None:
            return False
        known = intake.known_version(standing.before, self.door, version, self._newest)
        return known is not None and version < known

"""What a row of wishes about one occasion leads to, in the order they came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.courses.models.documents import Enrolment, Occasion, day_of, enrolment_id
from services.courses.models.people import Employee
from services.courses.rules.eligibility import Reason, standing
from services.courses.rules.seats import seating, terms
from shared.contracts.courses import EnrolmentState
from shared.seats.engine import apply
from shared.seats.facts import Fact, Queued, QuotaOpened, Released, Seated
from shared.seats.inputs import Alter, Ask, CallOff, Input, Release, Tick

Notice = Literal["courses.seat_confirmed", "courses.seat_waiting", "courses.seat_given", "courses.cancelled"]


@dataclass(frozen=True, slots=True)
class Told:
    """One person is to be told what became of their seat."""

    kind: Notice
    enrolment: Enrolment
    place_in_line: int | None = None


def line_needed(occasion: Occasion, now: datetime) -> bool:
    """Whether a seat becomes free to others just by `now`."""
    return occasion.quotas_due is not None and now >= occasion.quotas_due


class Desk:
    """One occasion's bookings, taken one after the other. The engine decides who has a seat and who waits;
    what that means for enrolments, and who is told, is kept here.

    At every moment nobody waits who may have a seat, so whoever comes later can't pass the line. That is why
    `known` must hold everybody who waits, in order, whenever a seat may become free: by a cancellation or
    where `line_needed`; and always those whom the wishes are about. `elsewhere` says which of the people who
    want a seat have a part in another occasion of the course.
    """

    def __init__(
        self,
        occasion: Occasion,
        known: Iterable[Enrolment],
        now: datetime,
        elsewhere: Mapping[str, Reason] | None = None,
    ) -> None:
        self.occasion = occasion
        self.told: list[Told] = []
        self._before = occasion
        self._now = now
        self._elsewhere = elsewhere or {}
        self._known = {enrolment.id: enrolment for enrolment in known}
        self._changed: set[str] = set()
        self._seating = seating(occasion, self._known.values())
        if line_needed(occasion, now):
            self._settle(Tick(now))

    @property
    def changed(self) -> list[Enrolment]:
        return [self._known[id_] for id_ in sorted(self._changed)]

    @property
    def written(self) -> bool:
        """Whether the occasion is another than it was."""
        return self.occasion != self._before

    @property
    def announced(self) -> bool:
        """Whether others can see that it is."""
        return self.occasion.published() != self._before.published()

    def enrol(self, person: Employee) -> Enrolment | list[Reason]:
        """A seat, a place in line, or why neither. Asked again, the same answer and nothing else."""
        current = self._of(person)
        if current.active:
            return current
        if refusals := standing(self.occasion, person, self._now, self._elsewhere.get(person.id)):
            return refusals
        self._known.setdefault(current.id, current)
        self._settle(Ask(current.id, person.agency, self._now))
        return self._known[current.id]

    def cancel(self, enrolment: Enrolment, *, leaving: bool = False) -> Enrolment | list[Reason]:
        """Give back a seat or a place in line. A seat has a last day for that; who leaves their agency is
        always let go.
        """
        enrolment = self._known[enrolment.id]
        if not enrolment.active:
            return enrolment
        if not leaving and (reason := self._too_late(enrolment)):
            return [reason]
        self._settle(Release(enrolment.id, self._now))
        return self._known[enrolment.id]

    def edit(self, **fields: Any) -> None:
        """The occasion as its host wants it; who may have a seat now gets it."""
        self._set(**fields)
        self._settle(Alter(terms(self.occasion), self._now))

    def call_off(self) -> None:
        """The occasion is cancelled, and everybody known who had a part in it is told."""
        gone = [fact.id for fact in self._settle(CallOff(self._now)) if isinstance(fact, Released)]
        self.told.extend(Told("courses.cancelled", self._known[id_]) for id_ in gone)
        edition = self.occasion.edition + 1
        self._set(cancelled=True, edition=edition, quotas_due=None, settle_due=None)

    def of(self, person_id: str) -> Enrolment | None:
        """The person's enrolment as it is now."""
        return self._known.get(enrolment_id(self.occasion.id, person_id))

    def _of(self, person: Employee) -> Enrolment:
        return self.of(person.id) or Enrolment(
            id=enrolment_id(self.occasion.id, person.id),
            version=0,
            occasion_id=self.occasion.id,
            course_id=self.occasion.course_id,
            person_id=person.id,
            agency=person.agency,
            state="cancelled",
            first_day=self.occasion.first_day,
            changed_at=self._now,
        )

    def _too_late(self, enrolment: Enrolment) -> Reason | None:
        if enrolment.state == "waiting":
            return None
        if self.occasion.begun(self._now):
            return Reason("begun", on=self.occasion.first_day)
        until = self.occasion.last_day_to_cancel
        return Reason("too_late_to_cancel", on=until) if until and day_of(self._now) > until else None

    def _keep(self, enrolment: Enrolment, state: EnrolmentState, **fields: Any) -> Enrolment:
        changes = {"state": state, "version": enrolment.version + 1, "changed_at": self._now}
        # The days may have moved since an enrolment that was given up.
        first_day = self.occasion.first_day
        kept = enrolment.model_copy(update={**changes, "first_day": first_day, **fields})
        self._known[kept.id] = kept
        self._changed.add(kept.id)
        return kept

    def _settle(self, asked: Input) -> tuple[Fact, ...]:
        outcome = apply(self._seating, asked)
        if outcome.refusal:
            raise ValueError(f"{asked.kind} of occasion {self.occasion.id}: {outcome.refusal}")
        self._seating = outcome.seating
        self._set(
            taken_by_agency=dict(outcome.seating.taken),
            waiting=outcome.seating.waiting,
            last_in_line=outcome.seating.last_rank,
        )
        for fact in outcome.facts:
            self._note(fact)
        return outcome.facts

    def _note(self, fact: Fact) -> None:
        match fact:
            case Seated(id_, way):
                kind = "courses.seat_given" if way == "promoted" else "courses.seat_confirmed"
                self.told.append(Told(kind, self._keep(self._known[id_], "enrolled")))
            case Queued(id_, place):
                waiting = self._keep(self._known[id_], "waiting", line=self._seating.last_rank)
                self.told.append(Told("courses.seat_waiting", waiting, place))
            case Released(id_):
                self._keep(self._known[id_], "cancelled")
            case QuotaOpened():
                self._set(quotas_opened=True, quotas_due=None)
            case _:
                return

    def _set(self, **fields: Any) -> None:
        self.occasion = self.occasion.model_copy(update=fields)

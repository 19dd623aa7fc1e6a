"""What a row of wishes about one occasion leads to, in the order they came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.courses.models.documents import Enrolment, Occasion, day_of, enrolment_id
from services.courses.models.people import Employee
from services.courses.rules.eligibility import Reason, standing
from services.courses.rules.seats import room
from shared.contracts.courses import EnrolmentState

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
    """One occasion's bookings, taken one after the other.

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
        if line_needed(occasion, now):
            self._set(quotas_opened=True, quotas_due=None)
            self.promote()

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
        if room(self.occasion, self._now).has_seat_for(person.agency):
            self._count(person.agency, 1)
            seated = self._keep(current, "enrolled")
            self.told.append(Told("courses.seat_confirmed", seated))
            return seated
        last, place = self.occasion.last_in_line + 1, self.occasion.waiting + 1
        self._set(last_in_line=last, waiting=place)
        waiting = self._keep(current, "waiting", line=last)
        self.told.append(Told("courses.seat_waiting", waiting, place))
        return waiting

    def cancel(self, enrolment: Enrolment, *, leaving: bool = False) -> Enrolment | list[Reason]:
        """Give back a seat or a place in line. A seat has a last day for that; who leaves their agency is
        always let go.
        """
        enrolment = self._known[enrolment.id]
        if not enrolment.active:
            return enrolment
        if not leaving and (reason := self._too_late(enrolment)):
            return [reason]
        if enrolment.state == "waiting":
            self._set(waiting=self.occasion.waiting - 1)
        else:
            self._count(enrolment.agency, -1)
        gone = self._keep(enrolment, "cancelled")
        self.promote()
        return gone

    def promote(self) -> None:
        """Seat those in line who may have a seat now: the first first, an agency's seats to its own first."""
        if self.occasion.cancelled or self.occasion.begun(self._now):
            return
        line = [enrolment for enrolment in self._known.values() if enrolment.state == "waiting"]
        for waiting in sorted(line, key=lambda enrolment: enrolment.line):
            seats = room(self.occasion, self._now)
            if seats.is_full:
                return
            if seats.has_seat_for(waiting.agency):
                self._count(waiting.agency, 1)
                self._set(waiting=self.occasion.waiting - 1)
                self.told.append(Told("courses.seat_given", self._keep(waiting, "enrolled")))

    def edit(self, **fields: Any) -> None:
        """The occasion as its host wants it; who may have a seat now gets it."""
        self._set(**fields)
        self.promote()

    def call_off(self) -> None:
        """The occasion is cancelled, and everybody known who had a part in it is told."""
        edition = self.occasion.edition + 1
        self._set(cancelled=True, edition=edition, taken_by_agency={}, waiting=0)
        self._set(quotas_due=None, settle_due=None)
        for enrolment in sorted(self._known.values(), key=lambda enrolment: enrolment.id):
            if enrolment.active:
                self.told.append(Told("courses.cancelled", self._keep(enrolment, "cancelled")))

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

    def _count(self, agency: str, by: int) -> None:
        taken = dict(self.occasion.taken_by_agency)
        taken[agency] = taken.get(agency, 0) + by
        self._set(taken_by_agency={slug: number for slug, number in taken.items() if number})

    def _set(self, **fields: Any) -> None:
        self.occasion = self.occasion.model_copy(update=fields)

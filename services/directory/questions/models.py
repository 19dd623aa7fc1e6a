"""Questions to a role, and what was answered. Neither holds a name: those are looked up when shown."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

State = Literal["open", "answered", "closed"]
Ending = Literal["accepted", "by_asker", "quiet", "asker_left"]


class Wanted(BaseModel):
    """What somebody wants to know, of whom, and how long each round waits."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str
    text: str
    roles: tuple[str, ...]
    specialties: tuple[str, ...]
    topic: str | None
    group_id: str | None
    colleagues: bool
    nameless: bool
    ask_at_first: int
    patience_days: int


class Asked(BaseModel):
    """Somebody who got the question; `reply_ref` went out with the mail, and comes back with the reply."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_id: str
    at: datetime
    round: int
    reply_ref: str


class Question(Wanted):
    """`speaks_for` is the role whose shared mailbox stands for an asker without a name. `then` is what a
    silence leads to at `due_at`; of a closed question nothing is due. An erased asker is None.
    """

    id: str
    version: int = 1
    asker_id: str | None
    agency: str
    speaks_for: str | None
    state: State = "open"
    created_at: datetime
    asked: tuple[Asked, ...] = ()
    rounds: int = 0
    owner_asked: bool = False
    answers: int = 0
    first_answer_at: datetime | None = None
    accepted_answer_id: str | None = None
    closed_at: datetime | None = None
    closed_because: Ending | None = None
    then: Literal["escalate", "close"] = "escalate"
    due_at: datetime | None = None

    @property
    def asked_ids(self) -> list[str]:
        return [each.person_id for each in self.asked]


class Answer(BaseModel):
    """Carries a name: `person_id` is None where that person was erased."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    question_id: str
    person_id: str | None
    agency: str
    text: str
    at: datetime
    accepted_at: datetime | None = None


class QuestionQuery(BaseModel):
    """Which questions; None is any."""

    model_config = ConfigDict(frozen=True)

    state: State | None = None
    role: str | None = None
    asker_id: str | None = None
    asked_id: str | None = None

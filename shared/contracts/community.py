"""What mails tell of colleagues, questions, practice and groups. Text of several lines is its paragraphs."""

from datetime import date
from typing import Literal

from pydantic import Field

from shared.contracts.types import Contract


class PeerLine(Contract):
    """One peer on a card. Reasons: role, specialty, same_place, near, have_met, same_group.

    Asked for by `person_id` alone: requests are kept for weeks, and whom they name might get protected
    identity. Notify fills in the rest when it renders the mail (docs/decisions/0012). So it is with every
    `…_name` of a person, which has its `…_id` beside it.
    """

    person_id: str
    name: str = ""
    agency: str = ""
    title: str = ""
    place: str = ""
    phone: str = ""
    email: str = ""
    specialties: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


class QuestionAsked(Contract):
    """To those who are asked, in the end to the owner of their group."""

    question_id: str
    reply_ref: str = Field(description="Stable: tells which question and who was asked, for replies by mail")
    title: str
    paragraphs: tuple[str, ...]
    roles_sv: tuple[str, ...] = ()
    roles_en: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    asker: PeerLine | None = Field(default=None, description="None where the asker is not named")
    asker_agency: str = Field(description="Slug")
    mailbox: str = Field(default="", description="Where to reach an asker who is not named")
    group_name: str = Field(
        default="", description="To the group's owner: the group, whose members were asked"
    )


class QuestionAnswered(Contract):
    """To the asker."""

    question_id: str
    answer_id: str
    title: str
    paragraphs: tuple[str, ...]
    answerer: PeerLine | None = None


class QuestionUnanswered(Contract):
    """To the asker: nobody has answered yet, and what is done about it."""

    question_id: str
    title: str
    asked: int = Field(description="How many had been asked")
    working_days: int
    then: Literal["peers", "owner", "nobody"]
    more: int = Field(default=0, description="How many are asked now")
    group_name: str = ""


class AnswerAccepted(Contract):
    """To the one whose answer helped."""

    question_id: str
    answer_id: str
    title: str
    asker_id: str | None = Field(default=None, description="None where the asker is not named")
    asker_name: str = ""
    asker_agency: str = Field(description="Slug")


class PracticeAdopted(Contract):
    """To the owner of the original."""

    practice_id: str
    adopted_id: str
    title: str
    agency: str = Field(description="Slug of the agency that took it over")
    adopter_id: str = ""
    adopter_name: str = ""


class PracticeChanged(Contract):
    """To the owner of a practice that was taken over: its original has changed."""

    practice_id: str
    original_id: str
    title: str
    original_title: str
    agency: str = Field(description="Slug of the original's agency")
    changed: tuple[str, ...] = Field(description="title, topic, text")


class PracticeReview(Contract):
    """To the owner: it is time to look at it again; or that it is theirs to look at from now on."""

    practice_id: str
    title: str
    topic: str
    review_on: date
    adopters: int = 0


class GroupOwner(Contract):
    """To the members: the owner is gone, and somebody else has taken over (or is wanted: no owner's name)."""

    group_id: str
    group_name: str
    owner_id: str = ""
    owner_name: str = ""
    owner_agency: str = Field(default="", description="Slug")
    you: bool = Field(default=False, description="It is the reader who has it now")
    working_days: int = Field(default=0, description="After which somebody is chosen")


class GroupProposal(Contract):
    """To the owner: the group has earned a mandate, a convenor and a decision log."""

    group_id: str
    group_name: str
    reason: Literal["age", "activity"]
    members: int
    agencies: int
    meetings: int


class GroupAsleep(Contract):
    """To the owner: nothing has happened in the group for long."""

    group_id: str
    group_name: str
    since: date

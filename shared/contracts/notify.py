"""Who is to be told what, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import Field

from shared.contracts.community import (
    AnswerAccepted,
    GroupAsleep,
    GroupOwner,
    GroupProposal,
    PeerLine,
    PracticeAdopted,
    PracticeChanged,
    PracticeReview,
    QuestionAnswered,
    QuestionAsked,
    QuestionUnanswered,
)
from shared.contracts.profiles import CorrectionDecided, ProfileEdited, SpecialistLost, StillRight
from shared.contracts.trust import AddressesClaimed, MailDomainChanged, TrustChanged
from shared.contracts.types import Contract, State, Text, Version

_NOTIFICATIONS = UUID("2a0f3c5e-6f0b-5d0a-9a53-0c4d6f1f5f10")

DeliveryState = Literal[
    "created", "sending", "in_doubt", "deferred", "sent", "delivered", "failed", "suppressed"
]


class CalendarPart(Contract):
    """An iCalendar object (RFC 5545) to go along as iMIP (RFC 6047). People are `urn:uuid:<person id>` in it,
    as address or as CN; notify puts in names and the recipient's address.
    """

    method: Literal["REQUEST", "CANCEL"]
    ics: str


class Request(Contract):
    """One person is to be told one thing. `kind`, `subject`, `subject_version` and person make it unique:
    asked again, nobody is told again. Nothing is sent after `not_after`, nor when a newer version of the
    same kind and subject has been asked for.
    """

    person_id: str
    kind: Text
    subject: Text = Field(description="What it is about, for example meeting/<id>")
    subject_version: Version
    data: dict[str, Any]
    calendar: CalendarPart | None = None
    not_after: datetime | None = None

    @property
    def id(self) -> str:
        name = f"{self.kind}|{self.subject}|{self.subject_version}|{self.person_id}"
        return str(uuid5(_NOTIFICATIONS, name))


class Delivery(State):
    """What became of one request; its id is the request's."""

    person_id: str
    kind: str
    subject: str
    subject_version: Version
    state: DeliveryState
    reason: str = ""
    message_id: str = ""
    sent_at: datetime | None = None


class SharedMailbox(Contract):
    """A role's at an agency, in the place of those who may not be named."""

    agency: str = Field(description="Slug")
    address: str


class LoneSpecialistCard(Contract):
    role_sv: str
    role_en: str
    agency: str
    peers: tuple[PeerLine, ...]
    mailboxes: tuple[SharedMailbox, ...] = ()
    next_meeting_title: str = ""
    next_meeting_at: datetime | None = None
    course_title_sv: str = ""
    course_title_en: str = ""


class MeetingNotice(Contract):
    """The meeting as it is now, for every mail about it."""

    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    place: str = ""
    video_url: str = ""
    opens_at: datetime | None = Field(default=None, description="When answers open, if they do later")
    closes_at: datetime | None = Field(default=None, description="Until when a yes is taken")
    convenor_id: str | None = None
    convenor_name: str = ""
    convenor_agency: str = ""
    place_in_line: int | None = None
    coming: int | None = Field(default=None, description="How many had said that they would come")
    late: bool = Field(default=False, description="The person came to the audience after the list was frozen")
    changed: tuple[str, ...] = Field(default=(), description="Names of the fields that changed")


class ParticipantLeft(Contract):
    """To the convenor: somebody left their agency, and perhaps somebody else got the place."""

    title: str
    starts_at: datetime
    zone: str
    left_id: str | None = None
    left_name: str = ""
    promoted_id: str | None = None
    promoted_name: str = ""


class MassLeaveHeld(Contract):
    """To the coordinator: the feed says that very many have left, and nobody leaves before they decide."""

    agency: str
    held: int
    left_before: int = 0
    active: int
    opened_at: datetime


class CoordinatorTasks(Contract):
    """To the coordinators, at most once a day: something new waits for them, and this is all that does."""

    agency: str = Field(description="Slug")
    corrections: int = 0
    words: int = Field(default=0, description="Of their systems', that mean nothing here yet")
    held: int = Field(default=0, description="Leaves that wait for their yes")


class WrongAddressLine(Contract):
    """Somebody whom mails do not reach. Their name is filled in when the mail is rendered."""

    person_id: str
    name: str = ""
    title: str = ""
    fault: Literal["refused", "unusable", "missing"]


class WrongAddresses(Contract):
    """To the coordinators: addresses of their agency's that mails do not reach, since the last such mail."""

    agency: str = Field(description="Slug")
    count: int
    people: tuple[WrongAddressLine, ...] = Field(description="The first of them")


class FeedInterrupted(Contract):
    """To the coordinator: what the agency's systems publish on Kafka can't be read, or some of it is lost."""

    agency: str
    unreadable: int = Field(default=0, description="Places with bytes that can't be unpacked")
    missed: int = Field(default=0, description="Offsets that Kafka dropped before they were read")
    went_back: int = Field(default=0, description="Offsets that were read and that Kafka has lost")
    remade: bool = Field(default=False, description="The topic was made again")
    at: datetime


class CourseNotice(Contract):
    course_id: str = ""
    title_sv: str
    title_en: str
    days: tuple[date, ...] = ()
    place: str = ""
    place_in_line: int | None = None
    employed_months: int | None = None
    cancel_until: datetime | None = None


class SignInLink(Contract):
    """To somebody who asked to sign in. Notify makes the link when it renders the mail: a message that held
    the link would open an account for as long as Kafka keeps it.
    """

    link: str = Field(default="", deprecated=True)
    minutes: int


@dataclass(frozen=True)
class Kind:
    """A kind of mail: what its data holds, and whether people may switch it off."""

    data: type[Contract]
    mandatory: bool = False
    secret: bool = False
    """For the receiver's eyes only: nobody sees it filled in, not even their agency."""


KINDS: dict[str, Kind] = {
    "directory.lone_specialist": Kind(data=LoneSpecialistCard),
    "directory.specialist_lost": Kind(data=SpecialistLost),
    "directory.profile_edited": Kind(data=ProfileEdited),
    "directory.correction_decided": Kind(data=CorrectionDecided),
    "directory.still_right": Kind(data=StillRight, secret=True),
    "directory.question_asked": Kind(data=QuestionAsked),
    "directory.question_answered": Kind(data=QuestionAnswered),
    "directory.question_unanswered": Kind(data=QuestionUnanswered),
    "directory.answer_accepted": Kind(data=AnswerAccepted),
    "directory.group_owner": Kind(data=GroupOwner),
    "directory.group_proposal": Kind(data=GroupProposal),
    "directory.group_asleep": Kind(data=GroupAsleep),
    "directory.practice_adopted": Kind(data=PracticeAdopted),
    "directory.practice_changed": Kind(data=PracticeChanged),
    "directory.practice_review": Kind(data=PracticeReview),
    "directory.practice_owner": Kind(data=PracticeReview),
    "directory.mass_leave_held": Kind(data=MassLeaveHeld, mandatory=True),
    "directory.coordinator_tasks": Kind(data=CoordinatorTasks),
    "directory.trust_changed": Kind(data=TrustChanged, mandatory=True),
    "directory.mail_domain_changed": Kind(data=MailDomainChanged, mandatory=True),
    "directory.addresses_claimed": Kind(data=AddressesClaimed),
    "directory.feed_interrupted": Kind(data=FeedInterrupted, mandatory=True),
    "events.invited": Kind(data=MeetingNotice),
    "events.place_confirmed": Kind(data=MeetingNotice),
    "events.place_waiting": Kind(data=MeetingNotice),
    "events.place_given": Kind(data=MeetingNotice, mandatory=True),
    "events.tentative": Kind(data=MeetingNotice),
    # Takes the meeting out of the calendar: else nobody would tell them that it moves or is cancelled.
    "events.declined": Kind(data=MeetingNotice, mandatory=True),
    "events.changed": Kind(data=MeetingNotice, mandatory=True),
    "events.cancelled": Kind(data=MeetingNotice, mandatory=True),
    "events.convenor": Kind(data=MeetingNotice, mandatory=True),
    "events.reminder": Kind(data=MeetingNotice),
    "events.answer_wanted": Kind(data=MeetingNotice),
    "events.thanks": Kind(data=MeetingNotice),
    "events.record_attendance": Kind(data=MeetingNotice),
    "events.participant_left": Kind(data=ParticipantLeft),
    "courses.recommended": Kind(data=CourseNotice),
    "courses.seat_confirmed": Kind(data=CourseNotice),
    "courses.seat_waiting": Kind(data=CourseNotice),
    "courses.seat_given": Kind(data=CourseNotice, mandatory=True),
    "courses.cancelled": Kind(data=CourseNotice, mandatory=True),
    "notify.wrong_addresses": Kind(data=WrongAddresses),
    "portal.sign_in": Kind(data=SignInLink, mandatory=True, secret=True),
}

"""What notify keeps of people and mails, what it shows and takes over HTTP, and what a sender holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.notify import CalendarPart, Delivery, DeliveryState
from shared.contracts.parts import Reachable
from shared.contracts.types import Contract, Language, OptionalText, Slug
from shared.web.fields import Answer, Body

Choice = Literal["at_once", "never"]
AddressFault = Literal["refused", "unusable", "missing"]


class Recipient(Reachable):
    """What notify keeps of a person: what mails to them, and about them, say."""

    agency: Slug
    status: Literal["active", "left"] = "active"
    display_name: str
    phone: OptionalText = ""
    title: OptionalText = ""
    specialties: tuple[str, ...] = ()
    place: OptionalText = ""
    language: Language = "sv"


class WrongAddress(Contract):
    """Somebody whom mails do not reach, until their address changes or a mail arrives."""

    person_id: str
    agency: Slug
    fault: AddressFault
    address: str = Field(description="As mail servers know it; empty where there is none")
    reason: str = Field(description="The mail server's codes, where it refused the address")
    notification_id: str
    since: datetime
    told_at: datetime | None = None


class Mail(BaseModel):
    """One thing that one person is told, and what has become of it, without what it says."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    version: int
    person_id: str
    agency: str | None
    kind: str
    subject: str
    subject_version: int
    thread: str = Field(description="Its subject and person: what may take its place is of the same")
    mentions: tuple[str, ...] = Field(default=(), description="People whom it names, beside its recipient")
    not_after: datetime | None = None
    correlation: str
    traceparent: str | None = None
    created_at: datetime

    state: DeliveryState
    reason: str = ""
    due_at: datetime | None = Field(default=None, description="None of a settled mail: nothing happens to it")
    claim: str = Field(default="", description="Of the process that holds it until `due_at`")
    slot: bool = Field(default=False, description="The rates have given it `due_at`, and are not asked again")
    attempts: int = 0
    doubts: int = Field(default=0, description="How often DATA may have begun without an answer")
    refused_at: datetime | None = Field(default=None, description="Since when, for no clear reason")
    address_refused: bool = Field(default=False, description="Failed by its address, not by what it says")
    sent_at: datetime | None = None
    resends: int = 0
    asked_by: str = Field(default="", description="Who had it sent again")

    # From here on as it was last rendered.
    edition: int = 0
    address: str = ""
    message_id: str = ""
    language: Language | None = None
    template: str = ""
    secrets: tuple[str, ...] = Field(default=(), description="SHA-256 of what its links open")

    @property
    def is_settled(self) -> bool:
        return self.due_at is None

    def announced(self) -> Delivery:
        """What others are told of it."""
        return Delivery(
            id=self.id,
            version=self.version,
            person_id=self.person_id,
            kind=self.kind,
            subject=self.subject,
            subject_version=self.subject_version,
            state=self.state,
            reason=self.reason,
            message_id=self.message_id,
            sent_at=self.sent_at,
        )


class WholeMail(Mail):
    """With what it says, and how it reads once it is rendered."""

    # As text: what comes from outside may hold numbers that BSON has no room for.
    data: str
    calendar: CalendarPart | None = None
    mime: bytes = b""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is kept of a mail when it is rendered, before a sender gets it."""

    mime: bytes
    message_id: str
    address: str
    agency: str
    language: Language
    template: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailQuery:
    """Which mails a caller asks for, of those that they may see. None: whichever."""

    agency: str
    own_id: str | None = None
    person_id: str | None = None
    subject: str | None = None
    state: DeliveryState | None = None


class Choices(BaseModel):
    """What a person wants by mail, by kind. What they never chose is sent at once."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    version: int = 0
    by_kind: Mapping[str, Choice] = {}

    def of(self, kind: str) -> Choice:
        return self.by_kind.get(kind, "at_once")


@dataclass(frozen=True, slots=True)
class Claim:
    """A rendered mail that this process may send while the row still bears its claim."""

    mail: WholeMail
    claimed_at: float = field(default_factory=monotonic)

    @property
    def id(self) -> str:
        return self.mail.id

    @property
    def too_late(self) -> bool:
        return self.mail.not_after is not None and datetime.now(UTC) >= self.mail.not_after


class Notification(Answer):
    """One person told, or to be told, one thing / En person, ett besked."""

    id: str = Field(examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    person_id: str = Field(examples=["0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    kind: str = Field(examples=["events.invited"])
    subject: str = Field(description="What it is about / Vad det gäller", examples=["meeting/5d6c"])
    subject_version: int = Field(examples=[3])
    state: DeliveryState = Field(examples=["sent"])
    reason: str = Field(
        description=(
            "Why it was put off, refused or suppressed / Varför det dröjer, avvisades eller stoppades: "
            "superseded, too_late, person_unknown, person_gone, person_left, switched_off, no_address, "
            "address_unusable, address_refused, unreadable_template, gave_up, "
            "outcome_unknown, or the mail server's code"
        ),
        examples=["550 5.1.1"],
    )
    attempts: int = Field(description="Tries so far / Försök hittills", examples=[1])
    resends: int = Field(description="Times sent again on request / Gånger omsänt", examples=[0])
    created_at: datetime = Field(examples=["2026-11-23T09:00:00Z"])
    next_attempt_at: datetime | None = Field(
        description="When it is tried next / Nästa försök", examples=[None]
    )
    sent_at: datetime | None = Field(
        description="The mail server has taken it over / Mejlservern har tagit emot det",
        examples=["2026-11-23T09:00:01Z"],
    )
    message_id: str = Field(examples=["<3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59@agencynet.example>"])
    language: Language | None = Field(examples=["sv"])
    template: str = Field(description="The template's version / Mallens version", examples=["5f0c1a9e22d1"])
    correlation: str = Field(description="Ties it to what caused it / Spår till orsaken", examples=["0193-…"])
    version: int = Field(examples=[4])


class AddressTask(Answer):
    """An address for the agency to put right / En adress för myndigheten att rätta."""

    person_id: str = Field(examples=["0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    agency: Slug = Field(examples=["bolagsverket"])
    fault: AddressFault = Field(
        description=(
            "refused: a mail server says that nobody has it; unusable: no mail can be sent to it; missing: "
            "there is none / avvisad, oanvändbar eller saknas"
        ),
        examples=["refused"],
    )
    reason: str = Field(description="The mail server's code / Mejlserverns kod", examples=["550 5.1.1"])
    notification_id: str = Field(
        description="The mail that showed it / Mejlet som visade det",
        examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"],
    )
    since: datetime = Field(examples=["2026-11-23T09:00:00Z"])


class KindChoice(Answer):
    kind: str = Field(examples=["events.invited"])
    choice: Choice = Field(examples=["at_once"])
    mandatory: bool = Field(description="Can't be switched off / Går inte att stänga av", examples=[False])


class Preferences(Answer):
    """What a person wants by mail / Vad en person vill ha som mejl."""

    person_id: str = Field(examples=["0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    kinds: list[KindChoice]
    version: int = Field(examples=[1])


class MeetingToAnswer(Answer):
    """What a secret for answering opens / Vad en länk för att svara leder till."""

    person_id: str = Field(
        description="Who answers / Vem som svarar", examples=["0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"]
    )
    meeting_id: str = Field(examples=["0193a1b2-6c1a-7b0e-9a0f-6f1d2c3b4a59"])
    language: Language = Field(description="The mail's / Mejlets", examples=["sv"])
    expires_at: datetime = Field(examples=["2026-12-03T14:00:00Z"])


class SignIn(Answer):
    """What a secret for signing in opens / Vad en länk för att logga in leder till."""

    attempt: str = Field(
        description="Which attempt to sign in / Vilket försök att logga in",
        examples=["0193a1b2-6c1a-7b0e-9a0f-6f1d2c3b4a59"],
    )
    language: Language = Field(description="The mail's / Mejlets", examples=["sv"])
    expires_at: datetime = Field(examples=["2026-11-23T09:15:00Z"])


class Unsubscription(Answer):
    """The mails that a secret ends, of one kind to one person / De mejl som en länk avslutar."""

    kind: str = Field(examples=["events.reminder"])
    choice: Choice = Field(examples=["at_once"])
    language: Language = Field(description="The mail's / Mejlets", examples=["sv"])
    expires_at: datetime = Field(examples=["2027-05-22T09:00:00Z"])


class PreferencesBody(Body):
    """Kinds that are left out are sent at once / Det som utelämnas skickas genast."""

    kinds: dict[str, Choice] = Field(
        description="Kind to choice / Sort och val",
        examples=[{"courses.recommended": "never"}],
        max_length=100,
    )


class Template(Answer):
    kind: str = Field(examples=["events.invited"])
    language: Language = Field(examples=["sv"])
    version: str = Field(description="Changes with the text / Ändras med texten", examples=["5f0c1a9e22d1"])
    mandatory: bool = Field(examples=[False])


class Templates(Answer):
    items: list[Template]


class Preview(Answer):
    """A mail as it would look / Så ser mejlet ut."""

    kind: str = Field(examples=["events.invited"])
    language: Language = Field(examples=["sv"])
    template: str = Field(examples=["5f0c1a9e22d1"])
    subject: str = Field(examples=["Inbjudan: Nätverksträff för upphandlare"])
    text: str = Field(examples=["Välkommen …"])
    html: str = Field(examples=["<!doctype html>…"])

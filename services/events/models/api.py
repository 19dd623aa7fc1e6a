"""What callers send and get."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.events import refusals
from services.events.models.documents import REMINDERS, Wish
from shared.contracts.events import Kind, ParticipantState
from shared.contracts.types import OptionalLine, OptionalText, Slug, Text
from shared.errors import Invalid
from shared.moments import now_ms
from shared.web.fields import ID, Answer, Body, Instant, Page
from shared.wrong_fields import DoesNotFit, IsNull

_ID = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"


def _utc(value: datetime) -> datetime:
    try:
        return now_ms(value.astimezone(UTC))
    except OverflowError:
        raise DoesNotFit("should be a time that exists") from None


When = Annotated[Instant, AfterValidator(_utc)]
Reference = Annotated[str, Field(pattern=ID, examples=[_ID])]
VideoUrl = Annotated[str, Field(max_length=500, pattern=r"""^(https://[^\s"<>\\]+)?$"""), OptionalLine]
Capacity = Annotated[int, Field(ge=1, le=100_000)]
Words = Annotated[list[Text], Field(max_length=100)]


class AudienceBody(Body):
    """Any of each list, all lists that are not empty. / Någon i varje lista, alla ifyllda listor."""

    roles: Words = Field(default=[], examples=[["upphandlare"]])
    specialties: Words = Field(default=[], examples=[["ramavtal"]])
    agencies: Annotated[list[Slug], Field(max_length=100)] = Field(default=[], examples=[["csn"]])
    places: Words = Field(default=[], examples=[["Sundsvall"]])
    groups: Words = Field(default=[], examples=[[]])
    assignments: Words = Field(default=[], examples=[["huvudskyddsombud"]])


class ReminderBody(Body):
    """Days before, at a time by the clock where the meeting is, or minutes before. / Dagar före mötet, vid en
    tid enligt klockan där mötet är, eller minuter före.
    """

    days_before: Annotated[int, Field(ge=0, le=60)] | None = Field(default=None, examples=[7])
    at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = Field(
        default=None,
        description="HH:MM; the time that the meeting begins unless said / mötets starttid om inget sägs",
        examples=["08:30"],
    )
    minutes_before: Annotated[int, Field(ge=5, le=10_080)] | None = Field(default=None, examples=[None])

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.days_before is None) == (self.minutes_before is None):
            raise refusals.ReminderHasNoOneWay
        if self.at is not None and self.days_before is None:
            raise refusals.ReminderTimeNeedsDays
        return self


Reminders = Annotated[
    list[ReminderBody],
    Field(
        max_length=5,
        description="When those who come are reminded and those who have not answered asked; [] is never / "
        "När de som kommer påminns och de som inte svarat tillfrågas; tomt är aldrig",
        examples=[[{"days_before": 7}, {"days_before": 1, "at": "08:30"}]],
    ),
]
FollowUp = Annotated[
    bool,
    Field(
        description="Thanks afterwards, and a word to the convenor about attendance / "
        "Tack efteråt, och ett ord till sammankallande om närvaron",
        examples=[True],
    ),
]
_REMINDERS = [ReminderBody(**reminder.model_dump()) for reminder in REMINDERS]


class MeetingBody(Body):
    """A new meeting, a draft until people are invited. / Ett nytt möte, ett utkast till inbjudan."""

    title: Text = Field(examples=["Nätverksmöte för upphandlare"])
    kind: Kind = Field(default="network", examples=["network"])
    starts_at: When = Field(description="Begins / Börjar", examples=["2027-03-01T09:00:00+01:00"])
    ends_at: When = Field(description="Ends / Slutar", examples=["2027-03-01T11:00:00+01:00"])
    zone: str = Field(
        default="Europe/Stockholm",
        max_length=64,
        description="IANA time zone / Tidszon enligt IANA",
        examples=["Europe/Stockholm"],
    )
    place: OptionalText = Field(default="", description="Place / Plats", examples=["Storgatan 1, Sundsvall"])
    video_url: VideoUrl = Field(
        default="", description="https address / https-adress", examples=["https://video.example/mote"]
    )
    capacity: Capacity | None = Field(
        default=None, description="Seats; null is no limit / Platser; null är obegränsat", examples=[20]
    )
    opens_at: When | None = Field(
        default=None, description="Answers open / Svar öppnar", examples=["2027-02-01T08:00:00+01:00"]
    )
    closes_at: When | None = Field(
        default=None, description="Answers close / Svar stänger", examples=["2027-02-26T16:00:00+01:00"]
    )
    audience: AudienceBody = Field(default=AudienceBody(), description="Whom it is for / Vilka det är för")
    group_id: Reference | None = Field(default=None, description="The group it belongs to / Gruppen")
    convenor_id: Reference | None = Field(
        default=None, description="Whoever convenes it; you unless said / Sammankallande; du om inget sägs"
    )
    reminders: Reminders = _REMINDERS
    follow_up: FollowUp = True


class MeetingPatch(Body):
    """Only what is to change. / Bara det som ska ändras."""

    title: Text = Field(default="", examples=["Nätverksmöte för upphandlare"])
    kind: Kind = Field(default="network", examples=["network"])
    starts_at: When | None = Field(default=None, examples=["2027-03-02T09:00:00+01:00"])
    ends_at: When | None = Field(default=None, examples=["2027-03-02T11:00:00+01:00"])
    zone: str = Field(default="", max_length=64, examples=["Europe/Stockholm"])
    place: OptionalText = Field(default="", examples=["Storgatan 1, Sundsvall"])
    video_url: VideoUrl = Field(default="", examples=["https://video.example/mote"])
    capacity: Capacity | None = Field(default=None, examples=[25])
    opens_at: When | None = Field(default=None, examples=["2027-02-01T08:00:00+01:00"])
    closes_at: When | None = Field(default=None, examples=["2027-02-26T16:00:00+01:00"])
    audience: AudienceBody = AudienceBody()
    group_id: Reference | None = None
    convenor_id: Reference | None = None
    reminders: Reminders = _REMINDERS
    follow_up: FollowUp = True

    def wanted(self) -> dict[str, Any]:
        """What was sent, and nothing else.

        Raises:
            Invalid: null where there must be something.

        """
        sent = {name: getattr(self, name) for name in sorted(self.model_fields_set)}
        needed = ("starts_at", "ends_at", "convenor_id")
        if empty := [name for name in needed if sent.get(name, "") is None]:
            raise Invalid(**dict.fromkeys(empty, IsNull()))
        return sent


class AnswerBody(Body):
    answer: Wish = Field(description="The answer / Svaret", examples=["accepted"])


class AttendanceBody(Body):
    attended: bool | None = Field(
        description="Whether they came; null takes it back / Om de kom; null tar bort anteckningen",
        examples=[True],
    )
    code: Annotated[str, Field(max_length=40)] | None = Field(
        default=None,
        description="By whoever is there: the code that is shown there / Av den som är där: koden som visas",
        examples=[None],
    )

    @model_validator(mode="after")
    def _came(self) -> Self:
        if self.code is not None and not self.attended:
            raise refusals.CodeNeedsAttendance
        return self


class CheckInView(Answer):
    """When those who come can note it themselves. / När de som kommer själva kan anteckna det."""

    opens_at: datetime = Field(description="From / Från", examples=["2027-03-01T07:30:00Z"])
    closes_at: datetime = Field(description="Until / Till", examples=["2027-03-01T11:00:00Z"])


class AttendanceCodeView(CheckInView):
    """Shown where the meeting is. / Visas där mötet är."""

    code: str = Field(examples=["7KQ2MXPA"])


class MeetingView(Answer):
    """A meeting. / Ett möte."""

    id: str = Field(examples=[_ID])
    title: str = Field(examples=["Nätverksmöte för upphandlare"])
    kind: Kind = Field(examples=["network"])
    state: Literal["draft", "invited", "cancelled"] = Field(examples=["invited"])
    starts_at: datetime = Field(examples=["2027-03-01T08:00:00Z"])
    ends_at: datetime = Field(examples=["2027-03-01T10:00:00Z"])
    zone: str = Field(examples=["Europe/Stockholm"])
    place: str = Field(examples=["Storgatan 1, Sundsvall"])
    video_url: str = Field(examples=["https://video.example/mote"])
    capacity: int | None = Field(examples=[20])
    taken: int = Field(description="Seats taken / Upptagna platser", examples=[12])
    counts: dict[str, int] = Field(
        description="How many in each state / Antal i varje läge", examples=[{"accepted": 12, "waiting": 0}]
    )
    opens_at: datetime | None = Field(examples=["2027-02-01T07:00:00Z"])
    closes_at: datetime | None = Field(examples=["2027-02-26T15:00:00Z"])
    audience: AudienceBody
    group_id: str | None = Field(examples=[None])
    convenor_id: str = Field(examples=[_ID])
    convenor_agency: str = Field(examples=["bolagsverket"])
    needs_convenor: bool = Field(
        description="Its convenor has left and nobody has taken over / Sammankallande har slutat",
        examples=[False],
    )
    reminders: Reminders
    follow_up: FollowUp
    check_in: CheckInView | None = Field(
        description="Null while there is no code for it / Null så länge det inte finns någon kod",
        examples=[None],
    )
    sequence: int = Field(description="RFC 5545 SEQUENCE", examples=[0])
    version: int = Field(examples=[3])


class AgencyCount(Answer):
    agency: str = Field(examples=["csn"])
    count: int = Field(examples=[7])


class Reached(Answer):
    person_id: str = Field(examples=[_ID])
    display_name: str = Field(examples=["Åsa Öberg"])
    agency: str = Field(examples=["csn"])
    title: str = Field(examples=["Upphandlare"])


class PreviewView(Answer):
    """Whom a rule reaches. / Vilka en regel når."""

    count: int = Field(examples=[31])
    agencies: list[AgencyCount] = Field(description="How many at each agency / Antal per myndighet")
    items: list[Reached] = Field(description="One page of them / En sida av dem")
    page: int = Field(examples=[1])
    limit: int = Field(examples=[20])
    next: str | None = Field(default=None, examples=[None])
    note: str = Field(
        default="",
        description="Said when nobody is reached / Sägs när ingen nås",
        examples=["The rule is empty."],
    )


class InvitationsView(Answer):
    """The frozen list. / Den frysta listan."""

    meeting_id: str = Field(examples=[_ID])
    invited: int = Field(description="How many are on the list / Antal på listan", examples=[31])


class ParticipantView(Answer):
    """One person's part in a meeting. / En persons deltagande i ett möte."""

    person_id: str = Field(examples=[_ID])
    display_name: str = Field(
        description="Empty where it may not be shown / Tomt när namnet inte får visas", examples=["Åsa Öberg"]
    )
    agency: str = Field(examples=["csn"])
    state: ParticipantState = Field(examples=["accepted"])
    place_in_line: int | None = Field(
        default=None, description="From 1, while waiting / Från 1, på väntelistan", examples=[None]
    )
    late: bool = Field(
        default=False,
        description="Invited after the list was frozen / Inbjuden i efterhand",
        examples=[False],
    )
    answered_at: datetime | None = Field(default=None, examples=["2027-02-02T07:00:00Z"])
    attended: bool | None = Field(
        default=None, description="Null until somebody notes it / Null tills någon antecknat", examples=[True]
    )


class ParticipantsPage(Page[ParticipantView]):
    counts: dict[str, int] | None = Field(
        default=None,
        description="By answer, of all whom the reader may see; where they are listed by answer / Antal per "
        "svar, av alla som läsaren får se; när listan är ordnad efter svar",
        examples=[{"accepted": 12}],
    )
    came: int | None = Field(
        default=None,
        description="Of them, those noted as having come / Av dem, antecknade som på plats",
        examples=[0],
    )


class ParticipationView(ParticipantView):
    """One's part, with the meeting. / Ens deltagande, med mötet."""

    meeting: MeetingView


class CalendarView(Answer):
    """A personal calendar address. / En personlig kalenderadress."""

    id: str = Field(examples=[_ID])
    created_at: datetime = Field(examples=["2027-02-02T07:00:00Z"])


class NewCalendarView(CalendarView):
    """Shown once: only its SHA-256 is kept. / Visas en gång: bara dess SHA-256 sparas."""

    path: str = Field(
        description="Whoever has it can read your meetings / Den som har den kan läsa dina möten",
        examples=["/events/v1/calendars/…"],
    )

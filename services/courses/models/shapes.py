"""Bodies and answers of the HTTP surface."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from services.courses.models import documents
from shared.contracts.courses import CostKey, EnrolmentState
from shared.contracts.events import Audience as AudienceRule
from shared.contracts.types import Line, OptionalLines, OptionalText, Slug, Text
from shared.web.fields import ID, Answer, Body, Day, Deadline, Instant

Code = Annotated[str, Field(min_length=1, max_length=100), Line]
Codes = Annotated[list[Code], Field(max_length=200)]
Prose = Annotated[str, Field(max_length=10_000), OptionalLines]
Ore = Annotated[int, Field(ge=0, le=100_000_000_000)]
Seats = Annotated[int, Field(ge=1, le=1_000_000)]
Quotas = Annotated[dict[Slug, Annotated[int, Field(ge=0, le=1_000_000)]], Field(max_length=500)]
Days = Annotated[list[Day], Field(min_length=1, max_length=60)]
Months = Annotated[int, Field(ge=0, le=720)]
_AN_ID = "019358a0-6c1a-7b0e-9a0f-6f1d2c3b4a59"


class Audience(Body):
    """Any of each list, all that are not empty / Någon ur varje lista, alla listor som inte är tomma."""

    roles: Codes = Field(description="Role codes / Rollkoder", default=[], examples=[["upphandlare"]])
    specialties: Codes = Field(description="Specialties / Inriktningar", default=[], examples=[[]])
    agencies: list[Slug] = Field(
        description="Agencies by slug / Myndigheter",
        default=[],
        max_length=500,
        examples=[["bolagsverket", "csn"]],
    )
    places: Codes = Field(description="Places of work / Arbetsorter", default=[], examples=[["Sundsvall"]])
    groups: Codes = Field(description="Group ids / Gruppers id", default=[], examples=[[]])
    assignments: Codes = Field(description="Assignment codes / Uppdragskoder", default=[], examples=[[]])

    def sent(self) -> dict[str, tuple[str, ...]]:
        """The lists that were sent, and no others."""
        return {name: tuple(getattr(self, name)) for name in sorted(self.model_fields_set)}

    def rule(self) -> AudienceRule:
        return AudienceRule.model_validate(self.model_dump(), strict=False)


class Tenure(Body):
    """For how long people have been employed / Hur länge man har varit anställd."""

    min_months: Months | None = Field(
        description="At least, in months / Minst, i månader", default=None, examples=[0]
    )
    max_months: Months | None = Field(
        description="At most, in months / Högst, i månader", default=None, examples=[6]
    )


class NewCourse(Body):
    title: Text = Field(description="In Swedish / På svenska", examples=["Att jobba i staten"])
    title_en: Text = Field(description="In English / På engelska", examples=["Working in central government"])
    description: Prose = Field(
        default="",
        description="What it is about / Vad den handlar om",
        examples=["Offentlighetsprincipen, rollen som statstjänsteman och den statliga värdegrunden."],
    )
    audience: Audience = Field(default=Audience(), description="Whom it is for / Vem den är till för")
    tenure: Tenure = Field(default=Tenure(), description="Tenure rule / Krav på anställningstid")
    training_days: Annotated[float, Field(ge=0, le=365, multiple_of=0.5)] = Field(
        default=0, description="Training days / Utbildningsdagar", examples=[1]
    )


class CourseChanges(Body):
    """What is not named stays as it is / Det som inte nämns ändras inte."""

    title: Text = Field(description="In Swedish / På svenska", default="", examples=["Att jobba i staten"])
    title_en: Text = Field(
        description="In English / På engelska", default="", examples=["Working in central government"]
    )
    description: Prose = Field(
        description="What it is about / Vad den handlar om", default="", examples=["Offentlighetsprincipen."]
    )
    audience: Audience = Field(default=Audience(), description="Whom it is for / Vem den är till för")
    tenure: Tenure = Field(default=Tenure(), description="Tenure rule / Krav på anställningstid")
    training_days: Annotated[float, Field(ge=0, le=365, multiple_of=0.5)] = Field(default=0, examples=[1])


class Course(Answer):
    id: str = Field(description="Its id / Dess id", examples=[_AN_ID])
    agency: str = Field(description="Who made it / Vem som skapade den", examples=["bolagsverket"])
    title: str = Field(description="In Swedish / På svenska", examples=["Att jobba i staten"])
    title_en: str = Field(description="In English / På engelska", examples=["Working in central government"])
    description: str = Field(
        description="What it is about / Vad den handlar om", examples=["Offentlighetsprincipen."]
    )
    audience: Audience = Field(description="Whom it is for / Vem den är till för")
    tenure: Tenure = Field(description="Tenure rule / Krav på anställningstid")
    training_days: float = Field(description="Training days / Utbildningsdagar", examples=[1])
    version: int = Field(description="The ETag's number / ETaggens nummer", examples=[1])

    @classmethod
    def of(cls, course: documents.Course) -> "Course":
        return cls(
            **course.model_dump(exclude={"audience", "deleted"}),
            audience=audience_of(course.audience),
            tenure=Tenure(min_months=course.min_months, max_months=course.max_months),
        )


def audience_of(rule: AudienceRule) -> Audience:
    return Audience.model_validate({name: list(values) for name, values in dict(rule).items()})


class OccasionFields(Body):
    """What both a new occasion and a change of one may hold; all but `course_id`."""

    days: Days = Field(description="Every day of it / Alla dagar", examples=[["2027-02-01", "2027-02-02"]])
    place: OptionalText = Field(description="Where / Var", default="", examples=["Sundsvall"])
    seats: Seats = Field(description="Seats / Platser", examples=[30])
    minimum: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=1, description="Fewest participants / Minsta antal deltagare", examples=[10]
    )
    quotas: Quotas = Field(
        default={},
        description="Seats kept for an agency / Platser reserverade för en myndighet",
        examples=[{"bolagsverket": 4, "csn": 6}],
    )
    quotas_open_at: Instant | None = Field(
        default=None,
        description="When what is left opens to all / När lediga platser öppnas för alla",
        examples=["2026-12-03T08:00:00+01:00"],
    )
    decision_at: Deadline | None = Field(
        default=None,
        description="When go or no-go is decided; a day to its end / När det avgörs om kursen blir av",
        examples=["2027-01-11T12:00:00+01:00"],
    )
    cancel_until: Deadline | None = Field(
        default=None,
        description="Last day to give a seat back, the whole of it / Sista dag för avbokning, hela dagen",
        examples=["2027-01-18"],
    )
    cost_ore: Ore = Field(
        default=0, description="Whole cost in öre / Hela kostnaden i öre", examples=[8_500_000]
    )
    cost_key: CostKey = Field(
        default="seat",
        description=(
            "How it is shared: per seat, by headcount, equally, per seat with the host free / "
            "Fördelning: per plats, efter antal anställda, lika, per plats där värden går fri"
        ),
        examples=["seat"],
    )


class NewOccasion(OccasionFields):
    course_id: str = Field(
        description="The course / Kursen",
        pattern=ID,
        examples=[_AN_ID],
    )


class OccasionChanges(OccasionFields):
    """What is not named stays as it is / Det som inte nämns ändras inte."""

    days: Days = Field(description="Every day of it / Alla dagar", default=[], examples=[["2027-02-01"]])
    seats: Seats = Field(description="Seats / Platser", default=1, examples=[30])
    cancelled: Literal[True] | None = Field(
        default=None, description="Calls it off / Ställer in", examples=[None]
    )


class Occasion(Answer):
    id: str = Field(description="Its id / Dess id", examples=[_AN_ID])
    course_id: str = Field(description="The course / Kursen", examples=[_AN_ID])
    host: str = Field(
        description="The agency that holds it / Myndigheten som ordnar", examples=["bolagsverket"]
    )
    title: str = Field(description="In Swedish / På svenska", examples=["Att jobba i staten"])
    title_en: str = Field(description="In English / På engelska", examples=["Working in central government"])
    days: list[date] = Field(description="Every day of it / Alla dagar", examples=[["2027-02-01"]])
    place: str = Field(description="Where / Var", examples=["Sundsvall"])
    seats: int = Field(description="Seats / Platser", examples=[30])
    taken: int = Field(description="Taken seats / Tagna platser", examples=[12])
    taken_by_agency: dict[str, int] = Field(
        description="Taken seats by agency / Tagna platser per myndighet",
        examples=[{"bolagsverket": 4, "csn": 8}],
    )
    waiting: int = Field(description="On the waiting list / I kön", examples=[0])
    minimum: int = Field(description="Fewest participants / Minsta antal deltagare", examples=[10])
    quotas: dict[str, int] = Field(
        description="Seats kept for an agency / Platser reserverade för en myndighet",
        examples=[{"bolagsverket": 4}],
    )
    quotas_open_at: datetime | None = Field(
        description="When what is left opens to all / När lediga platser öppnas för alla",
        examples=["2026-12-03T07:00:00Z"],
    )
    decision_at: datetime | None = Field(
        description="When go or no-go is decided / När det avgörs om kursen blir av",
        examples=["2027-01-11T11:00:00Z"],
    )
    cancel_until: datetime | None = Field(
        description="On the last day to give a seat back / Den sista dagen för avbokning",
        examples=["2027-01-18T22:59:59Z"],
    )
    cost_ore: int = Field(description="Whole cost in öre / Hela kostnaden i öre", examples=[8_500_000])
    cost_key: CostKey = Field(description="How it is shared / Hur den fördelas", examples=["seat"])
    cancelled: bool = Field(description="Called off / Inställt", examples=[False])
    edition: int = Field(description="The ETag's number / ETaggens nummer", examples=[1])

    @classmethod
    def of(cls, occasion: documents.Occasion) -> "Occasion":
        return cls.model_validate({**dict(occasion), "days": list(occasion.days), "taken": occasion.taken})


class NewEnrolment(Body):
    person_id: str = Field(
        description="The person / Personen",
        pattern=ID,
        examples=[_AN_ID],
    )


class Enrolment(Answer):
    id: str = Field(description="<occasion>/<person>", examples=[f"{_AN_ID}/{_AN_ID}"])
    occasion_id: str = Field(description="The occasion / Kurstillfället", examples=[_AN_ID])
    person_id: str = Field(description="The person / Personen", examples=[_AN_ID])
    agency: str = Field(description="The agency / Myndigheten", examples=["bolagsverket"])
    state: EnrolmentState = Field(description="Where it stands / Läget", examples=["waiting"])
    place_in_line: int | None = Field(default=None, description="From 1 / Från 1", examples=[3])

    @classmethod
    def of(cls, enrolment: documents.Enrolment, place: int | None = None) -> "Enrolment":
        fields: dict[str, Any] = enrolment.model_dump(
            include={"id", "occasion_id", "person_id", "agency", "state"}
        )
        return cls(**fields, place_in_line=place)


class ComingEnrolment(Enrolment):
    """One's part, with the occasion. / Ens anmälan, med tillfället."""

    occasion: Occasion = Field(description="The occasion / Kurstillfället")


class Words(Answer):
    code: str = Field(description="Stable / Ändras inte", examples=["quota_used"])
    text: str = Field(
        description="In plain words / I klarspråk", examples=["Din myndighets 4 platser är tagna."]
    )


class Eligibility(Answer):
    eligible: bool = Field(
        description="A seat is to be had now / Det finns en plats att få nu", examples=[False]
    )
    would_get: Literal["enrolled", "waiting"] | None = Field(
        description="What enrolling would lead to / Vad en anmälan skulle ge", examples=["waiting"]
    )
    reasons: list[Words] = Field(description="Why not, every reason / Varför inte, alla skäl")
    what_would_change_it: list[Words] = Field(description="What would change it / Vad som skulle ändra det")


class OccasionEligibility(Eligibility):
    """Of one occasion / För ett tillfälle."""

    occasion_id: str = Field(description="The occasion / Kurstillfället", examples=[_AN_ID])

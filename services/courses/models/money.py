"""Costs and savings over HTTP. All amounts in öre."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from services.courses.models import documents
from services.courses.models.shapes import Ore
from shared.contracts.courses import CostKey
from shared.contracts.types import OptionalText
from shared.web.fields import Answer, Body

_AN_ID = "019358a0-6c1a-7b0e-9a0f-6f1d2c3b4a59"
Status = Literal["estimate", "settled"]
Period = Annotated[str, Field(pattern=r"^2[0-9]{3}(-(0[1-9]|1[0-2]))?$")]


class NewBaseline(Body):
    """What it would have cost the agency to give its people one occasion of the course alone /
    Vad det hade kostat myndigheten att ge sin personal ett kurstillfälle på egen hand.
    """

    low_ore: Ore = Field(description="At least, in öre / Minst, i öre", examples=[4_000_000])
    high_ore: Ore = Field(description="At most, in öre / Högst, i öre", examples=[6_000_000])
    basis: OptionalText = Field(
        default="", description="What it builds on / Vad det bygger på", examples=["Offert 2026, två lärare"]
    )


class Baseline(Answer):
    course_id: str = Field(description="The course / Kursen", examples=[_AN_ID])
    agency: str = Field(description="The agency / Myndigheten", examples=["bolagsverket"])
    low_ore: int = Field(description="At least, in öre / Minst, i öre", examples=[4_000_000])
    high_ore: int = Field(description="At most, in öre / Högst, i öre", examples=[6_000_000])
    basis: str = Field(
        description="What it builds on / Vad det bygger på", examples=["Offert 2026, två lärare"]
    )
    signed_by: str = Field(
        description="`system` or a coordinator's person id / `system` eller en samordnares person-id",
        examples=["system"],
    )
    signed_at: datetime = Field(description="When / När", examples=["2026-11-23T12:00:00Z"])
    version: int = Field(description="Rises with each change / Ökar vid varje ändring", examples=[1])

    @classmethod
    def of(cls, baseline: documents.Baseline) -> "Baseline":
        return cls(**baseline.model_dump(exclude={"id", "deleted"}))


class Share(Answer):
    agency: str = Field(description="The agency / Myndigheten", examples=["bolagsverket"])
    seats: int = Field(description="Enrolled / Anmälda", examples=[4])
    share_ore: int = Field(
        description="The agency's share in öre / Myndighetens del i öre", examples=[1_133_334]
    )


def shares_of(settlement: documents.Settlement) -> list[Share]:
    return [
        Share(agency=agency, seats=settlement.seats.get(agency, 0), share_ore=share)
        for agency, share in sorted(settlement.shares_ore.items())
    ]


class CostShares(Answer):
    occasion_id: str = Field(description="The occasion / Kurstillfället", examples=[_AN_ID])
    cost_ore: int = Field(description="Whole cost in öre / Hela kostnaden i öre", examples=[8_500_000])
    cost_key: CostKey = Field(description="How it is shared / Hur den fördelas", examples=["seat"])
    status: Status = Field(
        description="Settled or an estimate / Avräknad eller beräknad", examples=["estimate"]
    )
    shares: list[Share] = Field(description="They sum to the cost exactly / Summan är exakt kostnaden")


class Settlement(Answer):
    id: str = Field(description="The occasion's / Tillfällets", examples=[_AN_ID])
    occasion_id: str = Field(description="The occasion / Kurstillfället", examples=[_AN_ID])
    course_id: str = Field(description="The course / Kursen", examples=[_AN_ID])
    title: str = Field(description="In Swedish / På svenska", examples=["Att jobba i staten"])
    title_en: str = Field(description="In English / På engelska", examples=["Working in central government"])
    host: str = Field(
        description="The agency that holds it / Myndigheten som ordnar", examples=["bolagsverket"]
    )
    last_day: date = Field(description="Last day / Sista dagen", examples=["2027-02-02"])
    cost_ore: int = Field(description="Whole cost in öre / Hela kostnaden i öre", examples=[8_500_000])
    cost_key: CostKey = Field(description="How it is shared / Hur den fördelas", examples=["seat"])
    shares: list[Share] = Field(description="They sum to the cost exactly / Summan är exakt kostnaden")
    settled_at: datetime = Field(description="When / När", examples=["2027-02-03T01:00:00Z"])

    @classmethod
    def of(cls, settlement: documents.Settlement) -> "Settlement":
        fields = settlement.model_dump(exclude={"shares_ore", "seats", "agencies", "deleted", "first_day"})
        return cls(**fields, shares=shares_of(settlement))


class Range(Answer):
    low_ore: int = Field(description="At least, in öre / Minst, i öre", examples=[2_866_666])
    high_ore: int = Field(description="At most, in öre / Högst, i öre", examples=[4_866_666])


class SavingRow(Answer):
    """One occasion: `own_classes` times the baseline, less the agency's share. Alone, the agency would have
    held a class when its people filled one, not for each seat / Ett tillfälle: `own_classes` gånger
    jämförelsen, minus myndighetens del.
    """

    occasion_id: str = Field(description="The occasion / Kurstillfället", examples=[_AN_ID])
    course_id: str = Field(description="The course / Kursen", examples=[_AN_ID])
    title: str = Field(description="In Swedish / På svenska", examples=["Att jobba i staten"])
    title_en: str = Field(description="In English / På engelska", examples=["Working in central government"])
    last_day: date = Field(description="Last day / Sista dagen", examples=["2027-02-02"])
    status: Status = Field(
        description="Settled or an estimate / Avräknad eller beräknad", examples=["settled"]
    )
    seats: int = Field(description="The agency's seats / Myndighetens platser", examples=[4])
    seats_before: int = Field(
        description="Its seats on the course earlier that year / Dess platser på kursen tidigare i år",
        examples=[28],
    )
    class_size: int = Field(
        description="How many a class of its own would hold: as many as the occasion / Hur många en egen "
        "kurs skulle rymma: lika många som tillfället",
        examples=[30],
    )
    own_classes: int = Field(
        description="Classes of its own that these seats made necessary / Egna kurser som platserna krävde",
        examples=[1],
    )
    cost_ore: int = Field(description="The whole occasion / Hela tillfället", examples=[8_500_000])
    share_ore: int = Field(
        description="The agency's share in öre / Myndighetens del i öre", examples=[1_133_334]
    )
    baseline: Baseline | None = Field(
        description="None where the agency has signed none / Saknas där myndigheten inte har undertecknat"
    )
    saving: Range | None = Field(description="None without a baseline / Saknas utan jämförelse")


class AgencyFigures(Answer):
    agency: str = Field(description="The agency / Myndigheten", examples=["bolagsverket"])
    seats: int = Field(description="Taken on occasions of the period / Tagna under perioden", examples=[12])
    settled: Range = Field(description="Saved, as settled / Sparat, avräknat")
    estimated: Range = Field(description="The same of rows to come / Samma för kommande rader")
    without_baseline: int = Field(
        description="Rows left out: no signed baseline / Rader utan undertecknad jämförelse", examples=[0]
    )


class NetworkFigures(Answer):
    """All agencies together. / Alla myndigheter tillsammans."""

    period: str = Field(description="A year or a month / Ett år eller en månad", examples=["2027"])
    occasions: int = Field(description="Not called off / Ej inställda", examples=[9])
    seats: int = Field(description="Taken on them / Tagna på dem", examples=[160])
    settled: Range = Field(description="Saved, as settled / Sparat, avräknat")
    estimated: Range = Field(description="The same of rows to come / Samma för kommande rader")
    without_baseline: int = Field(
        description="Rows left out: no signed baseline / Rader utan undertecknad jämförelse", examples=[0]
    )
    agencies: list[AgencyFigures] = Field(description="Those with a part / De som har en del")


class Savings(Answer):
    agency: str = Field(description="The agency / Myndigheten", examples=["bolagsverket"])
    period: str = Field(description="A year or a month / Ett år eller en månad", examples=["2027"])
    settled: Range = Field(description="Sum of settled rows with a baseline / Summan av avräknade rader")
    estimated: Range = Field(description="The same of rows to come / Samma för kommande rader")
    without_baseline: int = Field(
        description="Rows left out of the sums: no signed baseline / Rader utan undertecknad jämförelse",
        examples=[0],
    )
    rows: list[SavingRow] = Field(description="Where the sums come from / Vad summorna består av")

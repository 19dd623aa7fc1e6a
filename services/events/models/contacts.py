"""Who has met whom, over HTTP."""

from pydantic import Field

from shared.web.fields import Answer


class BetweenView(Answer):
    """Two agencies. / Två myndigheter."""

    agency: str = Field(examples=["bolagsverket"])
    other: str = Field(examples=["csn"])
    meetings: int = Field(description="Where people of both came / Där folk från båda kom", examples=[4])
    people: int | None = Field(
        description="How many of the two who have met somebody of the other; null is fewer than five / "
        "Hur många av de två som har träffat någon från den andra; null är färre än fem",
        examples=[17],
    )


class MonthView(Answer):
    month: str = Field(examples=["2026-11"])
    meetings: int = Field(description="Meetings held / Möten som har hållits", examples=[3])
    people: int | None = Field(
        description="Who came to any; null is fewer than five / Som kom till något; null är färre än fem",
        examples=[41],
    )
    first_met: int | None = Field(
        description="Pairs of people at different agencies who met for the first time in the period; null is "
        "fewer than five / Par från olika myndigheter som träffades för första gången; null är färre än fem",
        examples=[120],
    )


class ContactsView(Answer):
    """Whoever attended, or had said yes where nobody has noted who came, has met the others there. /
    Den som var med, eller hade tackat ja där ingen har noterat närvaron, har träffat de andra där.
    """

    agency: str | None = Field(
        description="One agency with the others; null is the whole network / null är hela nätverket",
        examples=["bolagsverket"],
    )
    meetings: int = Field(description="Held in the period / Hållna i perioden", examples=[12])
    recorded: int = Field(
        description="Of these, where it is noted who came / Av dem, där närvaron är noterad", examples=[9]
    )
    items: list[BetweenView] = Field(description="The most meetings first / Flest möten först")
    months: list[MonthView] = Field(description="The last twelve, in order / De senaste tolv, i ordning")

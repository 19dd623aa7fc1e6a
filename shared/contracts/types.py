"""The words that messages are made of."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# Control, format (bidi marks among them), surrogate, private and unassigned characters: not in a name.
_PRINTABLE = r"^[^\p{C}]*$"

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTABLE)]
OptionalText = Annotated[str, Field(max_length=200, pattern=_PRINTABLE)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Address = Annotated[
    str, Field(pattern=r"^[^\s@<>,;:\"\p{C}]+@[^\s@<>,;:\"\p{C}]+\.[^\s@<>,;:\"\p{C}]+$", max_length=254)
]
Version = Annotated[int, Field(ge=0, lt=2**63)]
Language = Literal["sv", "en"]
# As RFC 5545 writes them.
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


class Contract(BaseModel):
    """A published shape. Readers ignore fields they don't know, so that writers may add some."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", populate_by_name=True)


class State(Contract):
    """The whole public state of one entity. A reader keeps the highest version of each id."""

    id: str
    version: Version
    deleted: Literal[False] = False


class Gone(Contract):
    """What is left of an entity that is no more or no longer to be seen. Carries no personal data."""

    id: str
    version: Version
    deleted: Literal[True] = True


class Held(Contract):
    """A role or an assignment that somebody holds; without dates, for now and until further notice."""

    code: Text
    since: date | None = None
    until: date | None = None

    def on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

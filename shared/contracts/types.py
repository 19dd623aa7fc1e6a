"""The words that messages are made of."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from shared.contracts import mailing
from shared.contracts import text as rules


def _read(value: str, info: ValidationInfo, *, clean: Callable[[str], str], blank: bool) -> str:
    """In its one form at a door, as it is elsewhere: what was published or kept under older rules is read."""
    # Most of what comes is in its one form, and intake reads ten texts a record.
    if rules.is_plain(value):
        return value
    if not _is_at_a_door(info):
        # No version of ours has ever let a control character in.
        if found := rules.control_in(value):
            raise _refusal(rules.Unfit(found))
        return value
    try:
        cleaned = clean(value)
    except rules.Unfit as unfit:
        raise _refusal(unfit) from None
    if not blank and rules.is_blank(cleaned):
        raise _refusal(rules.Unfit())
    return cleaned


def _is_at_a_door(info: ValidationInfo) -> bool:
    """Models that callers fill in refuse unknown fields; the others ignore them. A parameter has no model."""
    config = info.config or {}
    return "title" not in config or config.get("extra_fields_behavior") == "forbid"


def _refusal(unfit: rules.Unfit) -> PydanticCustomError:
    kind = "unfit_character" if unfit.character else "blank"
    return PydanticCustomError(kind, "{said}", {"said": str(unfit), "character": unfit.character})


def _read_address(value: str, info: ValidationInfo) -> str:
    if not _is_at_a_door(info):
        return value
    try:
        return mailing.normalized(value)
    except mailing.NoMailGoesThere as refused:
        raise PydanticCustomError(refused.kind, "{said}", {"said": str(refused)}) from None


# No pattern is published for text: `\p{C}` means something else to JavaScript and nothing to Python's `re`.
Line = AfterValidator(partial(_read, clean=rules.line, blank=False))
OptionalLine = AfterValidator(partial(_read, clean=rules.line, blank=True))
Lines = AfterValidator(partial(_read, clean=rules.lines, blank=False))
OptionalLines = AfterValidator(partial(_read, clean=rules.lines, blank=True))

Text = Annotated[str, Field(min_length=1, max_length=200), Line]
OptionalText = Annotated[str, Field(max_length=200), OptionalLine]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Address = Annotated[
    str,
    Field(max_length=mailing.LONGEST),
    AfterValidator(_read_address),
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
    """What is left of an entity that is no more or no longer to be seen. Carries no personal data. Where it
    was erased, a reader erases everything else that it holds under this id, and keeps no marker.
    """

    id: str
    version: Version
    deleted: Literal[True] = True
    reason: Literal["erased"] | None = None


class Held(Contract):
    """A role or an assignment that somebody holds; without dates, for now and until further notice."""

    code: Text
    since: date | None = None
    until: date | None = None

    def on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

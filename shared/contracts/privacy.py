"""What the directory asks of every service about the people who want to know, or to be erased, and the
answers.
"""

from typing import Literal

from pydantic import Field

from shared.contracts.types import Contract, Slug, State, Version

RequestKind = Literal["count", "export", "erasure"]


class Subject(Contract):
    """Somebody whom a request is about. `version` is the one of their record that a service must have
    seen.
    """

    id: str
    version: Version


class Wanted(Contract):
    """How to find what somebody is called in free text, without saying it: digests under a salt of the
    request, of runs of so many words (lower case, letters and digits only).
    """

    salt: str
    names: tuple[str, ...] = Field(default=(), description="SHA-256 of salt and words; these are redacted")
    namesakes: tuple[str, ...] = Field(
        default=(), description="The same of what others are called as well: these are only listed"
    )
    lengths: tuple[int, ...] = Field(default=(), description="Of how many words they are")


class PrivacyRequest(State):
    """Open until every service has answered; then it is gone, and the ids of the people with it. A higher
    version of an open one asks again.
    """

    kind: RequestKind
    agency: Slug = Field(description="Whose people they are")
    people: tuple[Subject, ...] = ()
    whole: bool = Field(default=False, description="The agency leaves: its own belongings are meant as well")
    wanted: Wanted | None = None
    key: dict[str, str] | None = Field(
        default=None, description="Public JWK (P-256) of this request alone: what is held is encrypted to it"
    )


class Mention(Contract):
    """A text of somebody else's in which a person's name, address or phone number stands."""

    thing: str = Field(description="What it is, for example meeting/<id>")
    field: str
    redacted: bool = Field(default=False, description="The name was taken out of it")


class ClassCount(Contract):
    """A class of records: what it is, how many there were, and what an erasure does to them."""

    name: str
    sv: str
    en: str
    records: int
    action: str


class PrivacyAnswer(Contract):
    """One piece of what a service holds, or of the receipt that it has done what was asked: the last one has
    the figures. `sealed` is a JWE (RFC 7516) of a slice of zlib-compressed JSON lines, each
    `{"class": …, "row": …}`. Pieces of other tries than the one that has a last piece count for nothing.
    """

    request_id: str
    request_version: Version
    attempt: str
    piece: int
    last: bool = False
    sealed: str = ""
    classes: tuple[ClassCount, ...] = Field(default=(), description="As they were before")
    mentions: tuple[Mention, ...] = ()

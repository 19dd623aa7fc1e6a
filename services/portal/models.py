"""What the portal keeps of others' entities."""

from typing import Literal

from shared.contracts.types import Address, Language, Slug, State, Text


class Reader(State):
    """A person: whom to let in, how to greet them, and what they are called to others."""

    agency: Slug
    status: Literal["active", "left"] = "active"
    given_name: Text
    display_name: str
    email: Address | None = None
    language: Language = "sv"

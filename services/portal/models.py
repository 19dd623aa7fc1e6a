"""What the portal keeps of others' entities."""

from typing import Literal

from pydantic import computed_field

from shared.contracts.parts import Reachable
from shared.contracts.types import Language, OptionalText, Slug
from shared.formats.addresses import canonical


class Reader(Reachable):
    """A person: whom to let in, how to greet them, and what they are called to others."""

    agency: Slug
    status: Literal["active", "left"] = "active"
    given_name: OptionalText
    display_name: str
    title: OptionalText = ""
    unit: OptionalText = ""
    language: Language = "sv"

    @computed_field
    @property
    def sign_in_at(self) -> str | None:
        """The address that mail goes to, whoever may see it, as it is compared."""
        return canonical(self.mail_address) if self.mail_address else None

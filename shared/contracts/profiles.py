"""What mails tell people about their own profile, and coordinators about what their agency lacks."""

from typing import Literal

from pydantic import Field

from shared.contracts.community import PeerLine
from shared.contracts.types import Contract, Text


class ProfileEdited(Contract):
    """To the person: what others changed in their profile since the last such mail, by the fields' names."""

    fields: tuple[str, ...]
    editor_id: str | None = None
    editor_name: str = ""
    others: int = Field(default=0, description="How many more people changed something")


class StillRight(Contract):
    """To the person: is this still right? `link` is a secret that is good for one yes."""

    me: PeerLine | None = None
    link: Text


class CorrectionDecided(Contract):
    """To whoever proposed it. What the coordinator wrote is not in it: it is about somebody, and a request is
    kept for weeks.
    """

    person_id: str
    name: str = Field(default="", description="Whom it is about; none where they may not be named")
    agency: str = Field(description="Theirs, a slug")
    field: str | None = Field(default=None, description="Which field; None: that they have left")
    decision: Literal["accepted", "rejected"]
    decider: PeerLine | None = None


class SpecialistLost(Contract):
    """To the coordinators: the agency's only one in a role is gone; these could lend a hand."""

    role_sv: str
    role_en: str
    agency: str = Field(description="Slug")
    peers: tuple[PeerLine, ...] = ()

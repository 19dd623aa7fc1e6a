"""What the directory announces: agencies, people and groups."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from shared.contracts.types import Address, Contract, Held, Language, OptionalText, Slug, State, Text, Weekday


class AgencyToken(Contract):
    """A system's token: the SHA-256 of 256 random bits, so that every service can check it on its own."""

    sha256: str
    scopes: tuple[str, ...]
    expires_at: datetime


class Agency(State):
    """An agency of the network; its id is its slug."""

    name: Text
    full_name: Text
    name_en: Text
    kind: str
    places: tuple[Text, ...]
    mail_domain: Text
    coordinators: tuple[str, ...] = Field(default=(), description="Person ids")
    steering: tuple[str, ...] = Field(
        default=(), description="Person ids: its members of the steering committee"
    )
    role_mailboxes: dict[str, Address] = Field(default={}, description="Role code to shared mailbox")
    tokens: tuple[AgencyToken, ...] = ()


class Absence(Contract):
    since: date
    until: date
    covered_by: str | None = None


class Person(State):
    """Somebody in the directory whom others may see. Protected people are never announced."""

    agency: Slug
    status: Literal["active", "left"] = "active"
    given_name: OptionalText = Field(description="Empty for people of one name")
    family_name: OptionalText = Field(description="Empty for people of one name")
    display_name: str
    email: Address | None = None
    phone: OptionalText = ""
    title: OptionalText = ""
    roles: tuple[Held, ...] = ()
    assignments: tuple[Held, ...] = ()
    specialties: tuple[str, ...] = ()
    unit: OptionalText = ""
    place: OptionalText = ""
    employed_from: date | None = None
    employed_to: date | None = None
    manager_id: str | None = None
    language: Language = "sv"
    groups: tuple[str, ...] = ()
    absence: Absence | None = None
    ask_me_about: tuple[str, ...] = ()
    working_days: tuple[Weekday, ...] = Field(default=(), description="None: nobody has said")
    roles_turned_on: date | None = Field(
        default=None, description="The last day on which a role or assignment began or ended by its date"
    )
    reach_at: Address | None = Field(
        default=None,
        description="Where the network's mails go, from those who show their address to nobody: never shown",
    )


class Group(State):
    """A group of people across agencies."""

    name: Text
    purpose: OptionalText = ""
    owner_id: str | None = None
    members: tuple[str, ...] = ()

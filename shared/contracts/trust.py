"""What mails tell those whom an agency trusts: who is trusted, and by which addresses its people sign in."""

from typing import Literal

from pydantic import Field

from shared.contracts.community import PeerLine
from shared.contracts.types import Contract


class TrustChanged(Contract):
    """To an agency's coordinators, and to everybody who was given or lost the trust."""

    agency: str = Field(description="Slug")
    trust: Literal["coordinators", "steering"]
    given: tuple[PeerLine, ...] = ()
    withdrawn: tuple[PeerLine, ...] = ()


class MailDomainChanged(Contract):
    """To an agency's coordinators: its people sign in by addresses in another domain."""

    agency: str = Field(description="Slug")
    before: str
    after: str


class Claim(Contract):
    """People in one agency's records with addresses in another's domain."""

    agency: str = Field(description="Whose records say so, a slug")
    domain: str = Field(description="Whose domain it is, a slug")
    people: int


class AddressesClaimed(Contract):
    """To an agency's coordinators: addresses that belong to one agency and stand in another's records. They
    sign nobody in there. What was found since the last such mail.
    """

    agency: str = Field(description="The reader's, a slug")
    claimed_from_us: tuple[Claim, ...] = ()
    claimed_by_us: tuple[Claim, ...] = ()

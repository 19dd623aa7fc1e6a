"""What the portal is told of an agency's identity provider, and what it keeps of an attempt to sign in."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, SecretStr

# http:// on this machine alone, for trying out.
_ISSUER = r"^(https://[^\s?#]+|http://(127\.0\.0\.1|localhost)(:\d+)?)$"


class Provider(BaseModel):
    """`employee_claim` names the claim that holds the employee's id as the agency's feed has it; without it
    the verified e-mail address tells who it is. `email_is_verified`: all its addresses are the agency's own
    (Entra ID has no `email_verified`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(pattern=_ISSUER)
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = SecretStr("")
    employee_claim: str = ""
    email_is_verified: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """What is kept of one attempt, for its answer to be held against."""

    state: str
    nonce: str
    verifier: str
    agency: str = ""
    """Where it was begun: its answer comes back to an address of this agency's own."""

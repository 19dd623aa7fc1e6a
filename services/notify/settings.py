"""What notify is told beyond what every service is told."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.contracts.mailing import envelope_form
from shared.contracts.types import Address


class NotifySettings(BaseSettings):
    """Read from `AGENCYNET_SMTP` and `AGENCYNET_NOTIFY_…`. Rates hold for all processes together; 0 is no
    limit.
    """

    model_config = SettingsConfigDict(env_prefix="AGENCYNET_NOTIFY_", extra="ignore", populate_by_name=True)

    smtp: str = Field(
        default="127.0.0.1:1025",
        pattern=r"^[^\s:]+:\d{1,5}$",
        validation_alias=AliasChoices("AGENCYNET_SMTP", "smtp"),
        description="host:port of the mail server that takes everything we send",
    )
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    smtp_tls: Literal["starttls", "tls", "none"] | None = Field(
        default=None,
        description="STARTTLS unless told, and no mail without it; `tls` from the first byte; `none` goes in "
        "clear, as it does by default to this machine itself",
    )
    smtp_ca: Path | None = Field(
        default=None, description="PEM of who signed its certificate, where the system does not know them"
    )
    smtp_timeout: float = Field(default=20.0, description="Seconds to wait for each of its answers")
    from_address: Address = "natverket@agencynet.example"
    from_name_sv: str = "Myndighetsnätverket"
    from_name_en: str = "The Agency Network"
    reply_to: Address | None = None
    portal: str = Field(
        default="",
        pattern=r"^(https?://[^\s/]+)?$",
        validation_alias=AliasChoices("AGENCYNET_PORTAL_URL", "portal"),
        description="Where people find the portal; mails hold no links to it where there is none",
    )
    domain: str = Field(default="agencynet.example", description="Right-hand side of Message-ID and List-Id")
    senders: int = Field(default=4, ge=1, le=64)
    ahead: int = Field(default=50, ge=1, le=500, description="Mails claimed ahead of the senders")
    lease_seconds: float = Field(default=30.0, description="Until a dead process's mails are taken over")
    doubt_seconds: float = Field(default=60.0, description="Until a mail in doubt is tried once more")
    retry_unit_seconds: float = Field(default=60.0, description="What the retry schedules count in")
    unknown_person_seconds: float = Field(default=900.0, description="How long to wait to hear of a person")
    unknown_named_seconds: float = Field(default=30.0, description="The same for people whom a mail names")
    per_second: float = Field(default=0.0, ge=0)
    per_domain_second: float = Field(default=50.0, ge=0)
    burst_seconds: float = Field(default=10.0, ge=0, description="Saved-up rate that may be used at once")
    gather_seconds: float = Field(
        default=3_600.0, description="How long wrong addresses are gathered before their agency is told"
    )
    stuck_seconds: float = Field(default=30.0, description="Without a mail server, until /readyz says so")

    @field_validator("from_address", "reply_to")
    @classmethod
    def _as_smtp_carries_it(cls, address: str | None) -> str | None:
        return envelope_form(address) if address else address

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> "NotifySettings":
        if self.smtp_password and self.smtp_security == "none" and not self._is_here:
            raise ValueError(
                "AGENCYNET_NOTIFY_SMTP_PASSWORD would go in clear: set AGENCYNET_NOTIFY_SMTP_TLS"
            )
        return self

    @property
    def smtp_security(self) -> Literal["starttls", "tls", "none"]:
        return self.smtp_tls or ("none" if self._is_here else "starttls")

    @property
    def _is_here(self) -> bool:
        return self.smtp_address[0].strip("[]") in {"127.0.0.1", "localhost", "::1"}

    @property
    def smtp_address(self) -> tuple[str, int]:
        host, _, port = self.smtp.rpartition(":")
        return host, int(port)

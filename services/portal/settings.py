"""What the portal is told beyond what every service is told."""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS = r"^https?://[^\s/]+$"


class PortalSettings(BaseSettings):
    """Read from `AGENCYNET_PORTAL_…`, and the other services' addresses from `AGENCYNET_<SERVICE>_URL`."""

    model_config = SettingsConfigDict(env_prefix="AGENCYNET_PORTAL_", extra="ignore", populate_by_name=True)

    url: str = Field(default="http://127.0.0.1:8000", pattern=_ADDRESS, description="Where people find it")
    key: Path | None = Field(
        default=None, description="The private key (JWK) that people's tokens are signed with"
    )
    providers: Path | None = Field(
        default=None, description="JSON: agency to its identity provider (rules/providers.py)"
    )
    assets: Path = Field(
        default=Path(__file__).parents[2] / "node_modules", description="Where npm put the packages"
    )
    directory: str = Field(
        default="http://127.0.0.1:8001",
        pattern=_ADDRESS,
        validation_alias=AliasChoices("AGENCYNET_DIRECTORY_URL", "directory"),
    )
    events: str = Field(
        default="http://127.0.0.1:8002",
        pattern=_ADDRESS,
        validation_alias=AliasChoices("AGENCYNET_EVENTS_URL", "events"),
    )
    courses: str = Field(
        default="http://127.0.0.1:8003",
        pattern=_ADDRESS,
        validation_alias=AliasChoices("AGENCYNET_COURSES_URL", "courses"),
    )
    notify: str = Field(
        default="http://127.0.0.1:8004",
        pattern=_ADDRESS,
        validation_alias=AliasChoices("AGENCYNET_NOTIFY_URL", "notify"),
    )
    patience: float = Field(default=4.0, gt=0, description="Seconds to wait for another service")
    operator: str = Field(
        default="",
        max_length=200,
        description="The body that runs it, for the accessibility statement",
    )
    conformance: Literal["full", "partial"] = Field(
        default="partial", description="With the act on accessibility, as the body has assessed it"
    )
    known_faults: str = Field(
        default="", max_length=5000, description="What is not accessible and why, a line each, in Swedish"
    )
    known_faults_en: str = Field(default="", max_length=5000, description="The same in English")
    assessed_on: date | None = Field(default=None, description="When accessibility was last assessed")
    statement_on: date | None = Field(default=None, description="When the statement was last revised")
    accessibility_contact: str = Field(
        default="", max_length=200, description="E-mail address or https address for faults in accessibility"
    )
    session_days: int = Field(default=14, ge=1, le=90)
    sign_in_seconds: float = Field(
        default=0.5, description="How long asking for a link takes, whoever asks: it must tell nothing"
    )

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")

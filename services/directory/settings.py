"""What the directory is told beyond what every service is told."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class DirectorySettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AGENCYNET_", extra="ignore")

    directory_url: str = Field(
        default="http://127.0.0.1:8001",
        pattern=r"^https?://[^\s/]+$",
        description="Where other systems find the directory; SCIM's locations begin with it",
    )
    portal_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/]+)?$",
        description="Where people find the portal",
    )
    edits_gathered_minutes: float = Field(
        default=15, gt=0, description="From the first edit of a profile to the mail that tells of them all"
    )


def settings() -> DirectorySettings:
    return DirectorySettings()

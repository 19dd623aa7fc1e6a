"""What the events service is told beyond what every service is told."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class EventsSettings(BaseSettings):
    """Read from `AGENCYNET_EVENTS_…`."""

    model_config = SettingsConfigDict(env_prefix="AGENCYNET_EVENTS_", extra="ignore")

    meeting_address: str = Field(
        default="moten@agencynet.example", description="Organizer of every meeting; answers by mail go there"
    )
    reminders_per_second: float = Field(
        default=200.0, gt=0, description="At most, by each process: what is urgent must not wait behind them"
    )


@cache
def meeting_address() -> str:
    return EventsSettings().meeting_address

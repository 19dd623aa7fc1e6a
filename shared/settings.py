"""What every service is told by its environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from `AGENCYNET_…`. A namespace keeps several networks apart on one Kafka and one MongoDB."""

    model_config = SettingsConfigDict(env_prefix="AGENCYNET_", extra="ignore")

    kafka: str = "127.0.0.1:9092"
    mongodb: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    namespace: str = Field(default="", pattern=r"^([a-z0-9]+-)?$")
    host: str = "127.0.0.1"
    jwks: Path | None = Field(default=None, description="Public keys that people's tokens are signed with")
    log_level: str = "info"
    session_seconds: float = Field(
        default=30.0,
        ge=6,
        le=300,
        description="How long Kafka waits for a replica that is silent before others get its partitions",
    )
    instance: str = Field(
        default="",
        max_length=80,
        description="The process's name, the same when it is started again; host and port unless told",
    )
    outbox_shards: int = Field(default=1, ge=1, le=32)

"""What every service is told by its environment."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from `AGENCYNET_…`. A namespace keeps several networks apart on one Kafka and one MongoDB."""

    model_config = SettingsConfigDict(env_prefix="AGENCYNET_", extra="ignore")

    kafka: str = "127.0.0.1:9092"
    kafka_user: str = Field(default="", description="This process's principal, where Kafka asks for one")
    kafka_password_file: Path | None = Field(default=None, description="Its password and nothing else")
    kafka_sasl: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    kafka_ca: Path | None = Field(
        default=None,
        description="PEM of who signed Kafka's certificates, where the system does not know them",
    )
    kafka_tls: bool | None = Field(
        default=None,
        description="Unless told: where there is a user or a CA, so that no password goes in clear",
    )
    mongodb: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    namespace: str = Field(default="", pattern=r"^([a-z0-9]+-)?$")
    host: str = "127.0.0.1"
    trusted_proxies: str = Field(
        default="",
        description="Addresses and networks of the proxies whose X-Forwarded-For is believed, with commas; "
        "nobody's unless told",
    )
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
    look_seconds: float = Field(
        default=2.0, gt=0, description="Until work is found that is due by now or that another process left"
    )
    metrics_seconds: float = Field(default=5.0, gt=0, description="Between samples of what waits in MongoDB")
    max_connections: int = Field(default=2_000, ge=10, description="Of HTTP, at the same time")
    max_connections_per_client: int = Field(
        default=500, ge=1, description="Of one address, which may be a balancer's or the portal's"
    )
    erased_again_seconds: float = Field(
        default=600.0,
        ge=0,
        description="After an erasure, until each service looks a second time for what was on its way",
    )
    outbox_shards: int = Field(default=1, ge=1, le=32)
    outbox_keep_seconds: float = Field(
        default=3_600.0,
        ge=60,
        description="How long what is on Kafka is kept to be published again: longer than Kafka and its "
        "machines' disks take to write out what they have acknowledged",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _names_networks(cls, said: str) -> str:
        """Not `*`: everybody who reaches the port could say that they are somebody else."""
        for one in filter(None, said.replace(" ", "").split(",")):
            ip_network(one)
        return said.replace(" ", "")

    @model_validator(mode="after")
    def _kafka_user_has_a_password(self) -> "ServiceSettings":
        if bool(self.kafka_user) != bool(self.kafka_password_file):
            raise ValueError("AGENCYNET_KAFKA_USER and AGENCYNET_KAFKA_PASSWORD_FILE go together")
        return self

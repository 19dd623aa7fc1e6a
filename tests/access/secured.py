"""A Kafka as deploy/kafka/server.properties has it: TLS, passwords, and nobody may anything until told."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from string import Template

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agencynet.access import credentials
from agencynet.stack.kafka import start_kafka
from agencynet.stack.ports import free_port
from agencynet.stack.process import Process
from shared.settings import ServiceSettings

TEMPLATE = Path(__file__).parents[2] / "deploy" / "kafka" / "server.properties"


@dataclass(frozen=True)
class Secured:
    servers: str
    folder: Path
    process: Process

    def settings(self, user: str, **changes: object) -> ServiceSettings:
        """As this user's process has them."""
        return ServiceSettings.model_validate(
            {
                "kafka": self.servers,
                "kafka_user": user,
                "kafka_password_file": self.folder / f"{user}.password",
                "kafka_ca": self.folder / "ca.pem",
                **changes,
            }
        )

    @property
    def operator(self) -> ServiceSettings:
        return self.settings("operator")

    async def let_in(self, *users: str) -> None:
        for user in users:
            password, _ = credentials.password_in(self.folder / f"{user}.password")
            await credentials.set_password(self.operator, user, password)


@asynccontextmanager
async def secured_kafka(folder: Path) -> AsyncIterator[Secured]:
    make_certificates(folder)
    port = free_port()
    (folder / "operator.password").write_text(secrets.token_urlsafe(24))
    process = await start_kafka(
        folder,
        folder / "logs",
        port,
        lambda _: None,
        config=fill_in(folder, port),
        format_with=(
            "--add-scram",
            f"SCRAM-SHA-512=[name=operator,password={(folder / 'operator.password').read_text()}]",
        ),
    )
    try:
        yield Secured(f"127.0.0.1:{port}", folder, process)
    finally:
        await process.stop()


def fill_in(folder: Path, port: int) -> Path:
    controller = free_port()
    filled = Template(TEMPLATE.read_text()).safe_substitute(
        NODE_ID=1,
        VOTERS=f"1@127.0.0.1:{controller}",
        HOST="127.0.0.1",
        CLIENT_PORT=port,
        INTERNAL_PORT=free_port(),
        CONTROLLER_PORT=controller,
        DATA=folder / "log",
        TLS=folder,
        REPLICAS=1,
        MIN_IN_SYNC=1,
    )
    quick = "group.initial.rebalance.delay.ms=0\noffsets.topic.num.partitions=4\ntransaction.state.log.num.partitions=4\n"
    config = folder / "server.properties"
    config.write_text(filled + quick)
    return config


def make_certificates(folder: Path) -> None:
    """A CA, and what the broker shows: as docs/tls.md says, with other words."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)]) for cn in ("network CA", "kafka")
    )
    ca = _certificate(ca_name, ca_name, ca_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    ca = ca.add_extension(
        x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True
    ).sign(ca_key, hashes.SHA256())
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    own = _certificate(name, ca_name, key.public_key()).add_extension(here, critical=False)
    own = own.add_extension(identifier, critical=False).sign(ca_key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ca_pem = ca.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(ca_pem)
    (folder / "kafka.pem").write_bytes(private + own.public_bytes(serialization.Encoding.PEM) + ca_pem)


def _certificate(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )

"""What the program keeps on this machine, and what it knows of the system that runs here."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agencynet.stack.errors import CannotStart

SERVICES = ("directory", "events", "courses", "notify", "portal")
USUAL_PORTS = dict(zip(SERVICES, (8001, 8002, 8003, 8004, 8000), strict=True))


@dataclass(frozen=True, slots=True)
class Running:
    """Where the parts of the running system are."""

    kafka: str
    mongodb: str
    smtp: str
    mail_page: str | None
    services: dict[str, str]
    """Name to http://host:port"""


@dataclass(frozen=True, slots=True)
class Local:
    """The folder that holds the local stack's data, the operator's keys and tokens."""

    folder: Path

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    def running(self) -> Running | None:
        """None where nothing has said that it runs."""
        found = _read(self.folder / "run.json")
        return Running(**found) if found else None

    def require_running(self) -> Running:
        """Raises CannotStart."""
        if found := self.running():
            return found
        raise CannotStart("Nothing is running here.", "Start it with `make run` (or `agencynet run`).")

    def say_running(self, running: Running) -> None:
        _write(self.folder / "run.json", asdict(running))

    def say_stopped(self) -> None:
        (self.folder / "run.json").unlink(missing_ok=True)

    def tokens(self) -> dict[str, str]:
        """The local operator's token of each agency."""
        return _read(self.folder / "tokens.json") or {}

    def keep_token(self, agency: str, token: str) -> None:
        _write(self.folder / "tokens.json", {**self.tokens(), agency: token})

    def is_done(self, what: str) -> bool:
        """Whether something that the first run does has been done."""
        return bool((_read(self.folder / "done.json") or {}).get(what))

    def mark_done(self, what: str) -> None:
        _write(self.folder / "done.json", {**(_read(self.folder / "done.json") or {}), what: True})


def environment(local: Local) -> dict[str, str]:
    """What a service is told: our own environment first, then what runs here."""
    told = {
        "AGENCYNET_JWKS": str((local.keys / "jwks.json").resolve()),
        "AGENCYNET_PORTAL_KEY": str((local.keys / "signing.json").resolve()),
    }
    if running := local.running():
        told |= addresses(running.kafka, running.mongodb, running.smtp)
        told |= service_urls(running.services)
    return told | {name: value for name, value in os.environ.items() if name.startswith("AGENCYNET_")}


def addresses(kafka: str, mongodb: str, smtp: str) -> dict[str, str]:
    return {"AGENCYNET_KAFKA": kafka, "AGENCYNET_MONGODB": mongodb, "AGENCYNET_SMTP": smtp}


def service_urls(urls: dict[str, str]) -> dict[str, str]:
    """Where the portal finds the others, and people the portal."""
    return {f"AGENCYNET_{name.upper()}_URL": url for name, url in urls.items()}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CannotStart(f"{path} can't be read: it is not JSON.", "Remove it and try again.") from error


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and for nobody else's eyes."""
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file, indent=2, ensure_ascii=False)
        unfinished.replace(path)
    except OSError as error:
        raise CannotStart(
            f"{path} can't be written: {error.strerror}.", "Make the folder writable, or choose another."
        ) from error

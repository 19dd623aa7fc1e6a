"""What the steps of the story have in common: the network, the people, and what has come about so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agencynet.demo.feeds import Feeds
from agencynet.demo.mailboxes import Mailboxes
from agencynet.demo.network import Network
from agencynet.demo.report import Report
from agencynet.people import Invented, Record

HOME = ZoneInfo("Europe/Stockholm")


@dataclass
class Scene:
    network: Network
    mailboxes: Mailboxes
    feeds: Feeds
    report: Report
    cast: Invented
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    names: dict[str, str] = field(default_factory=dict[str, str])
    """Agencies' names by slug."""
    meeting: dict[str, Any] = field(default_factory=dict[str, Any])
    convenor: Record | None = None
    seated: list[Record] = field(default_factory=list[Record])
    line: list[Record] = field(default_factory=list[Record])
    occasion: dict[str, Any] = field(default_factory=dict[str, Any])
    hired: Record | None = None
    left: Record | None = None

    @property
    def officers(self) -> list[Record]:
        """The procurement officers whom all may see."""
        return self.cast.visible("upphandlare")

    @property
    def lone(self) -> Record:
        """Bolagsverket's only one."""
        return self.cast.visible("upphandlare", "bolagsverket")[0]

    @property
    def convened_by(self) -> Record:
        assert self.convenor  # noqa: S101 - step 3 comes before those that ask
        return self.convenor

    @property
    def uid(self) -> str:
        return f"{self.meeting['id']}@agencynet"

    def who(self, person: Record) -> str:
        return f"{person.name} ({self.names.get(person.agency, person.agency)})"


def at_home(moment: str) -> str:
    """An instant as it is read on the wall in Stockholm."""
    return f"{datetime.fromisoformat(moment).astimezone(HOME):%Y-%m-%d %H:%M}"


def kronor(ore: int) -> str:
    """An amount in öre as it is written in Swedish."""
    whole, rest = divmod(abs(ore), 100)
    return f"{'−' if ore < 0 else ''}{whole:,}".replace(",", " ") + f",{rest:02} kr"

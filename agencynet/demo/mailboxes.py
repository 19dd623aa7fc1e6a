"""What has come to people's mailboxes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agencynet.demo.network import Network
from agencynet.demo.observing import eventually, require
from agencynet.people import Record

_LIST_ID = re.compile(r"<([a-z-]+)\.([a-z]+)\.")


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    kind: str
    """For example events.invited."""
    subject: str
    message_id: str
    language: str
    text: str
    html: str
    calendar: str

    @property
    def uid(self) -> str:
        return self._of_calendar("UID")

    @property
    def sequence(self) -> int:
        return int(self._of_calendar("SEQUENCE") or -1)

    @property
    def method(self) -> str:
        return self._of_calendar("METHOD")

    def _of_calendar(self, name: str) -> str:
        unfolded = re.sub(r"\r?\n[ \t]", "", self.calendar)
        found = re.search(rf"^{name}:(.*?)\r?$", unfolded, re.MULTILINE)
        return found.group(1) if found else ""


class Mailboxes:
    """The mail catcher's, over HTTP."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def of(self, person: Record) -> list[Mail]:
        """Oldest first."""
        answer = await self._network.mails({"to": person.email})
        return [_mail(item) for item in reversed(answer["items"])]

    async def wait_for(self, person: Record, kind: str, *, uid: str = "", sequence: int = -1) -> Mail:
        """The person's latest mail of this kind; with `uid`, about that meeting. Raises DidNotHappen."""

        async def look() -> list[Mail]:
            return [
                mail
                for mail in await self.of(person)
                if mail.kind == kind and uid in {"", mail.uid} and mail.sequence >= sequence
            ]

        return (await eventually(f"A mail of the kind {kind} to {person.email}", look))[-1]

    async def wait_for_all(
        self, people: Iterable[Record], kind: str, *, uid: str = "", sequence: int = -1
    ) -> dict[str, Mail]:
        """One for each, by person id. Raises DidNotHappen."""
        everybody = list(people)
        mails = await asyncio.gather(
            *(self.wait_for(one, kind, uid=uid, sequence=sequence) for one in everybody)
        )
        return {one.id: mail for one, mail in zip(everybody, mails, strict=True)}


def _mail(item: dict[str, Any]) -> Mail:
    headers = {name.casefold(): value for name, value in item["headers"].items()}
    listed = _LIST_ID.search(headers.get("list-id", ""))
    return Mail(
        to=item["to"],
        kind=f"{listed.group(2)}.{listed.group(1).replace('-', '_')}" if listed else "",
        subject=item["subject"],
        message_id=item["message_id"],
        language=headers.get("content-language", ""),
        text=item["text"] or "",
        html=item["html"] or "",
        calendar=item["calendar"] or "",
    )


def require_readable(mail: Mail, person: Record) -> None:
    """Text and HTML, in the recipient's language. Raises DidNotHappen."""
    require(
        f"The mail {mail.kind} to {person.email} has text and HTML", mail.text.strip() and mail.html.strip()
    )
    require(
        f"The mail {mail.kind} to {person.email} is in {person.language}",
        mail.language == person.language,
        mail.language,
    )

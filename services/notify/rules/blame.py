"""What a permanent refusal (5xx) is about: us, the address, this mail, or what only the next mails will tell.

The command says most, the enhanced status code (RFC 3463 and its IANA registry) the rest. Where neither does,
it counts whether the server takes anybody's mail.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Generic, TypeVar


class Stage(Enum):
    """How far a mail came."""

    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    DOT = auto()


class Blame(StrEnum):
    US = "us"  # the server takes no mail from us: keep the queue
    ADDRESS = "address"  # nobody can be reached there
    MESSAGE = "message"  # this mail is not taken, another to the same address may be
    UNCLEAR = "unclear"  # a policy, or no reason at all


# The server wants something of us first: signing in, encryption, or another order of commands.
_COMMANDS = {500, 502, 503, 504, 530, 534, 535, 538}
# Bad sender address, its system included; and every protocol error but "too many recipients".
_SENDER = re.compile(r"5\.(1\.[78]|5\.[0-2]|5\.[4-9])$")
# Bad mailbox, bad system, bad syntax, moved, null MX; and a mailbox that is disabled.
_ADDRESSES = re.compile(r"5\.(1\.([1-36]|10)|2\.1)$")
# The mailbox is full, or the mail is too large or of a form that is not wanted.
_MESSAGES = re.compile(r"5\.(2\.[234]|3\.4|6\.\d+)$")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")


def enhanced_code(text: str) -> str:
    found = _ENHANCED.match(text)
    return found[0] if found else ""


def blame(stage: Stage, code: int, text: str) -> Blame:
    enhanced = enhanced_code(text)
    if stage is Stage.MAIL or code in _COMMANDS or _SENDER.match(enhanced):
        return Blame.US
    if _ADDRESSES.match(enhanced):
        return Blame.ADDRESS
    if code == 552 or _MESSAGES.match(enhanced):
        return Blame.MESSAGE
    if not enhanced and stage is Stage.RCPT and code in {501, 553}:
        # The server can't read the address, or does not allow it.
        return Blame.ADDRESS
    return Blame.UNCLEAR


Mail = TypeVar("Mail")
# So many different addresses in a row without one that is taken: the server refuses everybody. A server that
# names the address is believed for longer: a list of leavers is refused in a row as well.
_UNCLEAR_IN_A_ROW = 3
_ADDRESSES_IN_A_ROW = 20


@dataclass(slots=True)
class Evidence(Generic[Mail]):
    """What a process has met at the mail server since the server last took a mail."""

    taken_at: datetime | None = None
    _unclear: set[str] = field(default_factory=set)
    _blamed: set[str] = field(default_factory=set)
    _failed: list[Mail] = field(default_factory=list)

    def took(self, now: datetime) -> None:
        self.taken_at = now
        self._unclear.clear()
        self._blamed.clear()
        self._failed.clear()

    def judge(self, found: Blame, address: str, mail: Mail, refused_at: datetime | None) -> Blame:
        """`found` in the light of what happened to others.

        `refused_at`: since when the server has refused this mail for an unclear reason. If it took others
        since then, the address is to blame.
        """
        if found is Blame.UNCLEAR:
            if refused_at and self.taken_at and self.taken_at > refused_at:
                return Blame.ADDRESS
            self._unclear.add(address)
            return Blame.US if len(self._unclear) >= _UNCLEAR_IN_A_ROW else found
        if found is Blame.ADDRESS:
            self._blamed.add(address)
            if len(self._blamed) >= _ADDRESSES_IN_A_ROW:
                return Blame.US
            self._failed.append(mail)
        return found

    def wronged(self) -> list[Mail]:
        """The mails that failed by their address before it showed that the server refuses everybody. Each is
        returned once.
        """
        wronged, self._failed = self._failed, []
        return wronged

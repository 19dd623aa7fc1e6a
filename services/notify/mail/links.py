"""Where a mail leads: pages of the portal, and what its receiver may do there without signing in.

Each mail has secrets of its own, one a purpose. They are rendered as marks, because what many are told is
rendered once; only their SHA-256 is kept, with the mail's row.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import quote

from shared.auth import digest
from shared.contracts.notify import KINDS

Purpose = Literal["answer", "sign_in", "unsubscribe"]
# Those about a meeting that one can still say yes or no to.
ANSWERED = frozenset(
    {
        "events.invited",
        "events.answer_wanted",
        "events.reminder",
        "events.place_confirmed",
        "events.place_waiting",
        "events.place_given",
        "events.changed",
        "events.tentative",
        "events.declined",
    }
)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def kept(purpose: Purpose, secret: str) -> str:
    """What is kept of a secret: it opens nothing but what it was made for."""
    return digest(f"{purpose}/{secret}")


@dataclass(frozen=True)
class Links:
    """Of one mail. Everything is empty where no portal is configured. The marks are new each time and can't
    be guessed: whoever writes a meeting's title must not be able to write one.
    """

    portal: str = ""
    kind: str = ""
    subject: str = ""
    secrets: Mapping[Purpose, str] = field(
        default_factory=lambda: {purpose: new_secret() for purpose in get_args(Purpose)}
    )

    def to(self, *steps: str) -> str:
        """A page, by the steps of its path; none where a step is missing."""
        if not self.portal or not all(steps):
            return ""
        return "/".join([self.portal, *(quote(step, safe="") for step in steps)])

    @property
    def meeting(self) -> str:
        """What the mail is about, if that is a meeting."""
        about, _, rest = self.subject.partition("/")
        return self.to("meetings", rest.partition("/")[0]) if about == "meeting" else ""

    @property
    def attendance(self) -> str:
        return f"{self.meeting}/attendance" if self.meeting else ""

    @property
    def answer(self) -> str:
        return self.to("answers", self.secrets["answer"]) if self.kind in ANSWERED else ""

    @property
    def sign_in(self) -> str:
        return self.to("sign-in", self.secrets["sign_in"]) if self.kind == "portal.sign_in" else ""

    @property
    def unsubscribe(self) -> str:
        may = self.kind in KINDS and not KINDS[self.kind].mandatory
        return self.to("unsubscribe", self.secrets["unsubscribe"]) if may else ""

    @property
    def preferences(self) -> str:
        return self.to("me", "mail")

    def own(self) -> "Links":
        """The same with secrets of one mail."""
        return Links(self.portal, self.kind, self.subject)

    def kept(self) -> list[str]:
        """Of the secrets that the mail holds."""
        held: dict[Purpose, str] = {
            "answer": self.answer,
            "sign_in": self.sign_in,
            "unsubscribe": self.unsubscribe,
        }
        return [kept(purpose, self.secrets[purpose]) for purpose, link in held.items() if link]

    def instead_of(self, marks: "Links", text: str) -> str:
        for purpose, mark in marks.secrets.items():
            text = text.replace(mark, self.secrets[purpose])
        return text


NOWHERE = Links()

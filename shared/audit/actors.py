"""Who is acting, for as long as the work at hand takes."""

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from shared.auth import Caller

Kind = Literal["person", "system", "operator", "service", "anybody"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or an agency's system (told by its token's id) over HTTP, whoever holds a link (`anybody`), an
    operator at a shell, or the service on its own.
    """

    kind: Kind = "service"
    agency: str | None = None
    person_id: str | None = None
    token: str | None = None
    account: str | None = None

    def towards(self, person: str | None) -> dict[str, Any]:
        """As it is written. Somebody who acts on themselves is not named: an entry keeps the ids of those who
        acted in office, and of nobody else.
        """
        if person is not None and self.person_id == person:
            return {"kind": "self", "agency": self.agency}
        said = {"agency": self.agency, "person_id": self.person_id, "token": self.token}
        given = {**said, "account": self.account}
        return {"kind": self.kind, **{name: value for name, value in given.items() if value is not None}}


_ITSELF = Actor()
_acting: ContextVar[Actor] = ContextVar("acting", default=_ITSELF)


def current() -> Actor:
    return _acting.get()


def now_acts(caller: Caller) -> None:
    """The rest of this request is the caller's doing."""
    kind: Kind = "system" if caller.is_system else "person"
    _acting.set(Actor(kind, caller.agency, caller.person_id, caller.token))


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Until it is left, also whatever was said inside by `now_acts`."""
    before = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(before)


def operator() -> Actor:
    """Whose account runs this program, and where."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        # In a container the number need not belong to an account.
        account = "unnamed"
    return Actor("operator", account=f"{account}@{socket.gethostname()}")

"""Whether the parts that work in the background get anywhere."""

from dataclasses import dataclass, field
from time import monotonic


@dataclass(slots=True)
class Progress:
    """One part. `stuck()` when it begins to have work it can't finish, `moved()` whenever it gets on."""

    patience: float
    since: float | None = None
    why: str = ""

    def stuck(self, why: str) -> None:
        self.why = why
        if self.since is None:
            self.since = monotonic()

    def moved(self) -> None:
        self.since = None
        self.why = ""

    @property
    def healthy(self) -> bool:
        return self.since is None or monotonic() - self.since < self.patience


@dataclass(slots=True)
class Health:
    """The parts of one process by name; ready when every part is."""

    parts: dict[str, Progress] = field(default_factory=dict)
    ready: bool = False
    notices: dict[str, str] = field(default_factory=dict)
    """What an operator should look at though everything gets on."""

    def watch(self, name: str, *, patience: float = 15.0) -> Progress:
        """A part that may stand still for `patience` seconds before the process turns unready."""
        return self.parts.setdefault(name, Progress(patience))

    def forget(self, name: str) -> None:
        self.parts.pop(name, None)

    def notice(self, name: str, what: str) -> None:
        """`what` is there to be looked at, or nothing (any more) where it is empty."""
        if what:
            self.notices[name] = what
        else:
            self.notices.pop(name, None)

    def problems(self) -> dict[str, str]:
        found = {name: part.why for name, part in self.parts.items() if not part.healthy}
        return found if self.ready else {**found, "service": "starting"}

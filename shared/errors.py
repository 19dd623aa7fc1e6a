"""Failures by what may be done about them. Each that a caller can meet is a class with a title. Its code is
the class's name in kebab case, and makes the `type` of the problem (docs/decisions/0031-refusal-codes.md).
"""

import re
from typing import ClassVar

_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
PROBLEMS = "/problems/"


class Coded(Exception):  # noqa: N818 - errors name the situation
    """The text names the situation, or the field, and holds no personal data."""

    title: ClassVar[str] = ""
    code: ClassVar[str] = ""
    takes: ClassVar[tuple[str, ...]] = ()
    """Names of the values in its text: another wording of the code needs them too."""

    def __init_subclass__(cls) -> None:
        if cls.title and "title" in vars(cls) and "code" not in vars(cls):
            cls.code = _INNER_CAPITAL.sub("-", cls.__name__).lower()

    def __init__(self, said: str = "", /, **parameters: str | float) -> None:
        if not self.code or parameters.keys() != set(self.takes):
            raise TypeError(f"{type(self).__name__} has the code {self.code!r} and takes {self.takes}")
        super().__init__(said or self._said_of_title())
        self.parameters = parameters

    @classmethod
    def uri(cls) -> str:
        """The problem type, as RFC 9457 has it."""
        return PROBLEMS + cls.code

    def _said_of_title(self) -> str:
        return f"{self.title}."


class Refused(Coded):
    """The sender must change something; trying again as it is won't help."""

    status: ClassVar[int] = 422


class NotFound(Refused):
    """There is no such thing, or none that this caller may know of."""

    status = 404


class Expired(Refused):
    """It was there for a time, and that is over."""

    status = 410


class Conflict(Refused):
    """The thing has changed, or its state does not allow this."""

    status = 409


class Forbidden(Refused):
    """The caller may see this, but not do it."""

    status = 403


class PreconditionFailed(Refused):
    """Somebody else has changed it since it was read (If-Match)."""

    status = 412


class PreconditionMissing(Refused):
    """The caller has to say which edition they have read (If-Match)."""

    status = 428


class Unavailable(Refused):
    """Not just now: the same again, in a moment, may be taken."""

    status = 503


class WrongField(Coded, ValueError):  # noqa: N818
    """What is wrong with one field; the text goes on after the field's name."""

    def _said_of_title(self) -> str:
        return self.title[:1].lower() + self.title[1:]


class Invalid(Refused):
    """Fields that are wrong, each by its name."""

    title = "Fields are wrong"
    code = "fields-are-wrong"

    def __init__(self, **fields: WrongField) -> None:
        super().__init__("; ".join(f"{name}: {wrong}" for name, wrong in fields.items()))
        self.fields = fields


class CommandRefused(Exception):  # noqa: N818
    """What an operator asks for on the command line can't be done as things are."""

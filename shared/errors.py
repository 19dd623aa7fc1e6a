"""Failures by what may be done about them."""


class Refused(Exception):  # noqa: N818
    """The sender must change something; trying again as it is won't help. The text is for them: it names the
    field or the situation and holds no personal data.
    """


class NotFound(Refused):
    """There is no such thing, or none that this caller may know of."""


class Expired(Refused):
    """It was there for a time, and that is over."""


class Conflict(Refused):
    """The thing has changed, or its state does not allow this."""


class Forbidden(Refused):
    """The caller may see this, but not do it."""


class Invalid(Refused):
    """Fields that are wrong, each by its name."""

    def __init__(self, **fields: str) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in fields.items()))
        self.fields = fields


class PreconditionFailed(Refused):
    """Somebody else has changed it since it was read (If-Match)."""

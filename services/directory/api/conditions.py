"""ETag and If-Match (RFC 9110), and the language of an answer."""

from typing import Annotated

from fastapi import Header, Request

from shared.contracts.types import Language
from shared.errors import PreconditionFailed
from shared.web.fields import etag

IfMatch = Annotated[
    str | None,
    Header(
        max_length=100,
        description="The ETag you read; the change is refused when somebody was before you / "
        "Den ETag du läste; ändringen avvisas om någon hann före",
        examples=['"3"'],
    ),
]


def require_match(if_match: str | None, version: int) -> None:
    """
    Raises:
        PreconditionFailed: it has changed since it was read.

    """
    if if_match is not None and if_match != "*" and etag(version) not in if_match.split(", "):
        raise PreconditionFailed("Somebody has changed this since you read it. Read it again.")


def language(request: Request) -> Language:
    """Swedish, unless the reader prefers English (Accept-Language)."""
    weights: dict[str, float] = {}
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weights.setdefault(tag[:2].lower(), float(quality or 1))
        except ValueError:
            continue
    return "en" if weights.get("en", 0) > weights.get("sv", 0) else "sv"

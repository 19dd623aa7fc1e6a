"""What If-Match and If-None-Match say (RFC 9110, 8.8.3 and 13.1)."""

import re
from typing import Annotated

from fastapi import Header

from shared.errors import PreconditionFailed
from shared.web.fields import etag


class HasChanged(PreconditionFailed):
    title = "Somebody has changed this since you read it"


IfMatch = Annotated[
    str | None,
    Header(
        max_length=1_000,
        description="The ETag you read; the change is refused when somebody was before you / "
        "Den ETag du läste; ändringen avvisas om någon hann före",
        examples=['"3"'],
    ),
]
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\U0010ffff]*)"')


def matches(header: str, tag: str, *, weak: bool) -> bool:
    """Whether one of the listed tags is `tag`, or it is `*`. Weak comparison takes `W/"x"` for `"x"`; strong
    comparison takes a weak tag for none.
    """
    if header.strip() == "*":
        return True
    wanted = _TAG.fullmatch(tag)
    if wanted is None or (wanted[1] and not weak):
        return False
    return any(found[2] == wanted[2] and (weak or not found[1]) for found in _TAG.finditer(header))


def fits(if_match: str | None, version: int) -> bool:
    return if_match is None or matches(if_match, etag(version), weak=False)


def require_match(if_match: str | None, version: int) -> None:
    """
    Raises:
        HasChanged: it has changed since it was read.

    """
    if not fits(if_match, version):
        raise HasChanged("Somebody has changed this since you read it. Read it again.")

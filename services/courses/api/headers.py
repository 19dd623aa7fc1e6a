"""What request headers say."""

from typing import Annotated

from fastapi import Depends, Header

from shared.contracts.types import Language
from shared.errors import Invalid


def _edition(
    if_match: Annotated[
        str | None,
        Header(
            max_length=100,
            examples=['"1"'],
            description="The ETag you have seen; refused if it is no longer right / ETaggen du har sett",
        ),
    ] = None,
) -> int | None:
    """
    Raises:
        Invalid: the header is no ETag of ours.

    """
    if if_match is None or if_match.strip() == "*":
        return None
    number = if_match.strip().strip('"')
    if not number.isascii() or not number.isdigit():
        raise Invalid(**{"If-Match": 'should be the ETag as it was given, for example "3"'})
    return int(number)


def _language(
    accept_language: Annotated[
        str, Header(max_length=300, examples=["en"], description="Language of texts / Textens språk")
    ] = "sv",
) -> Language:
    """RFC 9110, 12.5.4: English where it is wanted more than Swedish."""
    wanted: dict[str, float] = {}
    for item in accept_language.lower().split(","):
        tag, _, weight = item.partition(";")
        wanted.setdefault(tag.strip().split("-")[0], _weight(weight))
    anything = wanted.get("*", 0.0)
    return "en" if wanted.get("en", 0.0) > wanted.get("sv", anything) else "sv"


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=") or 1.0)
    except ValueError:
        return 0.0


Edition = Annotated[int | None, Depends(_edition)]
Speaks = Annotated[Language, Depends(_language)]

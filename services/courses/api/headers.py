"""What request headers say."""

from typing import Annotated

from fastapi import Depends, Header

from shared.contracts.types import Language


async def _language(
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


Speaks = Annotated[Language, Depends(_language)]

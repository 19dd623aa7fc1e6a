"""The language of an answer."""

from fastapi import Request

from shared.contracts.types import Language


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

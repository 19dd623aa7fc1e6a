"""Whether others in the network may see a person."""

from collections.abc import Mapping
from typing import Any, Final

# What a query for them asks; `public` from the first moment that others might see the person.
VISIBLE: Final[dict[str, Any]] = {"status": "active", "protected": False, "public": True}


def is_visible(person: Mapping[str, Any]) -> bool:
    # Spelled out: the intake asks it of every record.
    return person["status"] == "active" and person["protected"] is False and person["public"] is True

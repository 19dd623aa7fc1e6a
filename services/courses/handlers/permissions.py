"""Who may do what."""

from services.courses import refusals
from shared.auth import Caller
from shared.refusals import IsForCoordinators


def require_agency(caller: Caller) -> None:
    """
    Raises:
        Forbidden: the caller is neither an agency's system nor a coordinator.

    """
    if not (caller.is_system or caller.coordinator):
        raise IsForCoordinators("This is done by the agency's system or its coordinator.")


def require_owner(caller: Caller, agency: str) -> None:
    """
    Raises:
        Forbidden: it is another agency's, or the caller does not act for theirs.

    """
    require_agency(caller)
    if caller.agency != agency:
        raise refusals.IsForHost(f"Only {agency} may change this.")


def person_for(caller: Caller) -> str | None:
    """Whose things the caller may see within their agency; None means everybody's."""
    return None if caller.is_system or caller.coordinator else caller.own_id

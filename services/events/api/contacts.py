"""/contacts: who has met whom."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.events.api.common import PREFIX, database, now
from services.events.api.meetings import Reader
from services.events.handlers import contacts
from services.events.models.contacts import ContactsView

router = APIRouter(prefix=PREFIX, tags=["contacts"])


@router.get("/contacts", summary="Who has met whom / Vilka som har träffats")
async def list_contacts(
    request: Request,
    caller: Reader,
    agency: Annotated[
        str | None,
        Query(
            max_length=60,
            description="Yours unless told; to the steering committee the whole network / "
            "Din om inget sägs; för styrgruppen hela nätverket",
            examples=["csn"],
        ),
    ] = None,
) -> ContactsView:
    """Agency by agency, never person by person, of the last twelve months. / Myndighet för myndighet, aldrig
    person för person, för de senaste tolv månaderna.
    """
    return await contacts.contacts(database(request), caller, agency, now(request))

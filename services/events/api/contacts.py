"""/contacts: who has met whom."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.events.api.common import PREFIX
from services.events.api.meetings import Reader
from services.events.handlers import contacts
from services.events.models.contacts import ContactsView
from shared.web.needs import Db, Now

router = APIRouter(prefix=PREFIX, tags=["contacts"])


@router.get("/contacts", summary="Who has met whom / Vilka som har träffats")
async def list_contacts(
    db: Db,
    now: Now,
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
    return await contacts.contacts(db, caller, agency, now)

"""People where they are mentioned, texts of several lines, and who may speak for whom."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from services.directory.people.models import Named
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.refusals import IsForPersonOrAgency
from shared.auth import Caller
from shared.contracts.types import Lines
from shared.errors import Invalid
from shared.mongo import Document, Transaction
from shared.refusals import NoSuchPerson
from shared.web.fields import ID, Answer
from shared.wrong_fields import IsMissing

PERSON = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"
THING = "019358a0-0000-7000-8000-000000000000"


LongText = Annotated[str, Field(min_length=1, max_length=10_000), Lines]
SpeakingFor = Annotated[
    str,
    Field(
        pattern=ID,
        description="For whom; the caller unless given, systems give it / "
        "För vem; anroparen om inget anges, system anger det",
        examples=[PERSON],
    ),
]


class Mention(Answer):
    id: str = Field(examples=[PERSON])
    name: str = Field(description="As shown / Som det visas", examples=["Åsa Öberg"])
    agency: str = Field(description="Agency / Myndighet", examples=["bolagsverket"])
    left: bool = Field(description="Has left the agency / Har slutat", examples=[False])


def mention(named: Mapping[str, Named], person_id: str | None) -> Mention | None:
    person = named.get(person_id or "")
    if person is None:
        return None
    return Mention(id=person.id, name=person.display_name, agency=person.agency, left=person.has_left)


async def speaker(tx: Transaction, caller: Caller, person_id: str | None, field: str) -> Document:
    """The person in whose name the caller acts: themselves, or somebody of their agency.

    Raises:
        Invalid: a system did not say who.
        NotFound: there is nobody whom this caller may know of.
        Forbidden: somebody for whom this caller does not act.

    """
    wanted = person_id or caller.person_id
    if wanted is None:
        raise Invalid(**{field: IsMissing("is missing: a system says for whom it speaks")})
    person = (await profiles.load_many(tx, [wanted])).get(wanted)
    acting = person is not None and caller.acts_for(person["agency"], wanted)
    if person is None or person["status"] != "active" or not (acting or is_visible(person)):
        raise NoSuchPerson
    if not acting:
        raise IsForPersonOrAgency
    return person

"""The network in figures."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from services.directory.peers.handlers import figures
from shared.auth import Caller
from shared.web.fields import Answer
from shared.web.needs import Db, Now
from shared.web.policy import Bearer

router = APIRouter(prefix="/directory/v1", tags=["figures"])
People = Annotated[Caller, Depends(Bearer("network:admin", people=True))]


class AgencyFigures(Answer):
    agency: str = Field(examples=["bolagsverket"])
    people: int = Field(description="Who may be seen by others / Som andra får se", examples=[120])
    alone: int = Field(
        description="Who are the only one there in a role, once for each / "
        "Som är ensamma där i en roll, en gång för varje",
        examples=[4],
    )


class RoleFigures(Answer):
    role: str = Field(description="Role code / Rollkod", examples=["upphandlare"])
    alone: int = Field(description="Alone in it at their agency / Ensamma i den", examples=[6])


class NetworkFigures(Answer):
    people: int = Field(description="Who may be seen by others / Som andra får se", examples=[1180])
    alone: int = Field(
        description="Who are the only one at their agency in a role / Som är ensamma i en roll", examples=[37]
    )
    connected: int | None = Field(
        description="Of these, who have met, share a group with, or have answered or been answered by "
        "somebody in the same role at another agency; null where fewer than five are alone / Av dem, som har "
        "träffat, delar grupp med, eller har svarat eller fått svar av någon i samma roll på en annan "
        "myndighet; null när färre än fem är ensamma",
        examples=[21],
    )
    agencies: list[AgencyFigures] = Field(description="The largest first / Den största först")
    roles: list[RoleFigures] = Field(description="Where most are alone first / Där flest är ensamma först")


@router.get("/network-figures", summary="The network in figures / Nätverket i siffror")
async def read_figures(db: Db, now: Now, caller: People) -> NetworkFigures:
    """For the steering committee. / För styrgruppen."""
    found = await figures.figures(db, caller, now)
    return NetworkFigures(
        people=found.people,
        alone=found.alone,
        connected=found.connected,
        agencies=[
            AgencyFigures(agency=one.agency, people=one.people, alone=one.alone) for one in found.agencies
        ],
        roles=[RoleFigures(role=role, alone=count) for role, count in found.roles],
    )

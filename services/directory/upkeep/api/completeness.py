"""How complete an agency's profiles are, and what would help most."""

from fastapi import APIRouter, Request
from pydantic import Field

from services.directory.agencies.api.agencies import AgencySlug, Reading, require_own
from services.directory.agencies.store import agencies
from services.directory.conditions import language
from services.directory.people.api.profiles import MissingAnswer
from services.directory.people.rules.completeness import WANTED, percent_of_all
from services.directory.upkeep.store import completeness
from shared.refusals import NoSuchAgency
from shared.web.fields import Answer
from shared.web.needs import Db

router = APIRouter(prefix="/directory/v1", tags=["agencies"])


class LackingAnswer(MissingAnswer):
    people: int = Field(description="How many lack it / Hur många som saknar det", examples=[3])


class AgencyCompleteness(Answer):
    people: int = Field(description="Who may be seen by others / Som andra får se", examples=[120])
    percent: int = Field(description="The mean, 0–100 / Medelvärdet, 0–100", examples=[87])
    missing: list[LackingAnswer] = Field(
        description="Where filling in helps most comes first / Där det hjälper mest att fylla i står först"
    )


@router.get(
    "/agencies/{slug}/completeness",
    summary="How complete an agency's profiles are / Hur kompletta en myndighets profiler är",
)
async def read_completeness(
    request: Request, db: Db, caller: Reading, slug: AgencySlug
) -> AgencyCompleteness:
    if await agencies.find(db, slug) is None:
        raise NoSuchAgency
    require_own(caller, slug)
    people, lacking = await completeness.lacking(db, slug, [wanted.field for wanted in WANTED])
    reader = language(request)
    by_gain = sorted(
        (each for each in WANTED if lacking.get(each.field)),
        key=lambda each: -each.weight * lacking[each.field],
    )
    return AgencyCompleteness(
        people=people,
        percent=percent_of_all(people, lacking),
        missing=[
            LackingAnswer(
                field=each.field,
                owner=each.owner,
                why=each.why_sv if reader == "sv" else each.why_en,
                people=lacking[each.field],
            )
            for each in by_gain
        ],
    )

"""Who has met whom, from attendance (P8)."""

from datetime import datetime

from services.events import refusals
from services.events.models.contacts import BetweenView, ContactsView, MonthView
from services.events.rules import contacts as rules
from services.events.rules.contacts import Held
from services.events.store import meetings, participants
from shared.auth import Caller
from shared.mongo import Database


async def contacts(db: Database, caller: Caller, agency: str | None, now: datetime) -> ContactsView:
    """Of the last twelve months: the whole network to its steering committee, to others their agency.

    Raises:
        NotFound: it is another agency's.

    """
    wanted = agency or (None if caller.steering else caller.agency)
    if wanted != caller.agency and not caller.steering:
        raise refusals.NoContactsToSee
    since, months = rules.period(now)
    held = await meetings.held(db, since, now)
    came = await participants.who_came(db, [meeting.id for meeting in held])
    homes = {id_: {one.person_id: one.agency for one in people} for id_, people in came.items()}
    found = rules.contacts(
        (Held(rules.month_of(meeting), homes[meeting.id]) for meeting in held if meeting.id in homes), wanted
    )
    counted = [id_ for id_, people in homes.items() if wanted is None or wanted in people.values()]
    most_first = sorted(found.between.items(), key=lambda one: (-one[1].meetings, one[0]))
    return ContactsView(
        agency=wanted,
        meetings=len(counted),
        recorded=sum(any(one.attended for one in came[id_]) for id_ in counted),
        items=[
            BetweenView(
                agency=pair[0], other=pair[1], meetings=one.meetings, people=rules.told(len(one.people))
            )
            for pair, one in most_first
        ],
        months=[_month(name, found.months.get(name, rules.Month())) for name in months],
    )


def _month(name: str, month: rules.Month) -> MonthView:
    return MonthView(
        month=name,
        meetings=month.meetings,
        people=rules.told(len(month.people)),
        first_met=rules.told(month.first_met),
    )

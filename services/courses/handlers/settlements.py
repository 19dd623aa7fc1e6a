"""What an occasion costs each agency, and what they saved."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from services.courses import refusals, store
from services.courses.handlers.permissions import require_owner
from services.courses.models import money
from services.courses.models.documents import Baseline, Occasion, Settlement, day_of
from services.courses.rules import costs, savings
from shared.audit import entries as audit
from shared.auth import Caller
from shared.contracts.topics import COURSES_SETTLEMENTS
from shared.moments import now_ms
from shared.mongo import Database, Transaction
from shared.publishing import outbox
from shared.refusals import IsForSteeringCommittee


async def settle(
    tx: Transaction, occasion_id: str, now: datetime, caller: Caller | None = None
) -> Settlement:
    """Once the course is over its cost falls on the agencies, for good. Done again, the answer is the same.
    Without a caller it is the timer that asks.

    Raises:
        Conflict: it is not over yet, or was cancelled.

    """
    occasion = await store.occasions.load(tx, occasion_id)
    if occasion is None:
        raise refusals.NoSuchOccasion
    if caller:
        require_owner(caller, occasion.host)
    if done := await store.settlements.load(tx, occasion_id):
        return done
    if occasion.cancelled:
        raise refusals.CancelledOccasionHasNoCost
    if day_of(now) < occasion.last_day:
        raise refusals.OccasionIsNotOver(
            f"The occasion lasts until {occasion.last_day}; settle it then.", last_day=str(occasion.last_day)
        )
    settlement = await _statement(tx.db, occasion, costs.participants(occasion.taken_by_agency, {}), now)
    version = occasion.version + 1
    await store.occasions.save(tx, occasion.model_copy(update={"settle_due": None, "version": version}))
    await store.settlements.insert(tx, settlement)
    outbox.announce(tx, COURSES_SETTLEMENTS, settlement.published())
    await audit.record(tx, "occasion.settled", agency=occasion.host, thing=f"occasion/{occasion_id}")
    return settlement


async def _estimate(db: Database, occasion: Occasion, now: datetime) -> Settlement:
    """As it would be settled today; before anybody is enrolled, as if every quota were used."""
    return await _statement(db, occasion, costs.participants(occasion.taken_by_agency, occasion.quotas), now)


async def _statement(db: Database, occasion: Occasion, seats: dict[str, int], now: datetime) -> Settlement:
    headcounts: dict[str, int] = {}
    if occasion.cost_key == "headcount":
        headcounts = await store.people.headcounts(db, seats)
    shares = costs.shares(occasion.cost_ore, occasion.cost_key, occasion.host, seats, headcounts)
    return Settlement(
        id=occasion.id,
        version=1,
        occasion_id=occasion.id,
        course_id=occasion.course_id,
        title=occasion.title,
        title_en=occasion.title_en,
        host=occasion.host,
        first_day=occasion.first_day,
        last_day=occasion.last_day,
        cost_ore=occasion.cost_ore,
        cost_key=occasion.cost_key,
        shares_ore=shares,
        seats=seats,
        agencies=tuple(sorted({occasion.host, *shares})),
        settled_at=now_ms(now),
    )


async def listed(
    db: Database, agencies: Sequence[str], period: str | None, offset: int, limit: int
) -> list[Settlement]:
    """Those that concern all of these agencies."""
    span = savings.bounds(period) if period else None
    return await store.settlements.listed(db, agencies, span, offset=offset, limit=limit)


async def cost_shares(db: Database, occasion_id: str, now: datetime) -> money.CostShares:
    """What was settled, or an estimate."""
    settled = await store.settlements.find(db, occasion_id)
    occasion = await store.occasions.find(db, occasion_id)
    if occasion is None:
        raise refusals.NoSuchOccasion
    statement = settled or await _estimate(db, occasion, now)
    return money.CostShares(
        occasion_id=occasion_id,
        cost_ore=statement.cost_ore,
        cost_key=statement.cost_key,
        status="settled" if settled else "estimate",
        shares=money.shares_of(statement),
    )


async def saved(db: Database, caller: Caller, agency: str, period: str, now: datetime) -> money.Savings:
    """The caller's agency's savings with the rows they come from.

    Raises:
        NotFound: it is another agency's.

    """
    if agency != caller.agency:
        raise refusals.NoSavingsToSee
    return await _saved(db, agency, period, now)


async def network_figures(db: Database, caller: Caller, period: str, now: datetime) -> money.NetworkFigures:
    """What all agencies took part in and saved together, and each: never the rows, which are its own.

    Raises:
        Forbidden: the caller is not of the steering committee.

    """
    if not caller.steering:
        raise IsForSteeringCommittee
    slugs = sorted(await store.people.agency_names(db))
    held = await store.occasions.within(db, *savings.bounds(period))
    all_saved = await asyncio.gather(*(_saved(db, slug, period, now) for slug in slugs))
    going = [occasion for occasion in held if not occasion.cancelled]
    agencies = [
        money.AgencyFigures(
            agency=one.agency,
            seats=sum(occasion.taken_by_agency.get(one.agency, 0) for occasion in going),
            **one.model_dump(include={"settled", "estimated", "without_baseline"}),
        )
        for one in all_saved
    ]
    return money.NetworkFigures(
        period=period,
        occasions=len(going),
        seats=sum(occasion.taken for occasion in going),
        settled=_sum(one.settled for one in all_saved),
        estimated=_sum(one.estimated for one in all_saved),
        without_baseline=sum(one.without_baseline for one in all_saved),
        agencies=[one for one, saved in zip(agencies, all_saved, strict=True) if one.seats or saved.rows],
    )


def _sum(ranges: Iterable[money.Range]) -> money.Range:
    return money.Range(**savings.total(savings.Span(one.low_ore, one.high_ore) for one in ranges)._asdict())


async def _saved(db: Database, agency: str, period: str, now: datetime) -> money.Savings:
    first, after = savings.bounds(period)
    # Classes are counted from the year's beginning, so that its months sum to it.
    span = (savings.bounds(period[:4])[0], after)
    settled = await store.settlements.listed(db, [agency], span)
    estimates = [await _estimate(db, occasion, now) for occasion in await _to_come(db, agency, span)]
    # What is settled comes first: what is still to come never changes it.
    statements = [*settled, *estimates]
    countings = await _countings(db, agency, statements)
    baselines = await store.settlements.baselines(db, agency, {one.course_id for one in statements})
    done = {one.id for one in settled}
    rows = [
        _row(
            one,
            agency,
            "settled" if one.id in done else "estimate",
            countings[one.id],
            baselines.get(one.course_id),
        )
        for one in statements
        if one.last_day >= first
    ]
    return money.Savings(
        agency=agency,
        period=period,
        settled=_total(rows, "settled"),
        estimated=_total(rows, "estimate"),
        without_baseline=sum(row.saving is None for row in rows),
        rows=rows,
    )


async def _countings(
    db: Database, agency: str, statements: Sequence[Settlement]
) -> dict[str, savings.Counting]:
    """By occasion."""
    occasions = await store.occasions.many(db, {one.occasion_id for one in statements})
    by_course: dict[str, list[Settlement]] = {}
    for one in statements:
        by_course.setdefault(one.course_id, []).append(one)
    found: dict[str, savings.Counting] = {}
    for several in by_course.values():
        seats = [one.seats.get(agency, 0) for one in several]
        sizes = [occasions[one.occasion_id].seats for one in several]
        counted = savings.count_classes(zip(seats, sizes, strict=True))
        found.update(zip((one.id for one in several), counted, strict=True))
    return found


async def _to_come(db: Database, agency: str, span: tuple[date, date]) -> list[Occasion]:
    """Occasions in the period that the agency has a part in and that are not settled yet."""
    return [
        occasion
        for occasion in await store.occasions.unsettled(db, *span)
        if agency in {occasion.host, *costs.participants(occasion.taken_by_agency, occasion.quotas)}
    ]


def _row(
    statement: Settlement,
    agency: str,
    status: money.Status,
    counting: savings.Counting,
    baseline: Baseline | None,
) -> money.SavingRow:
    share = statement.shares_ore.get(agency, 0)
    saving = savings.saving(share, counting, baseline)
    return money.SavingRow(
        occasion_id=statement.occasion_id,
        course_id=statement.course_id,
        title=statement.title,
        title_en=statement.title_en,
        last_day=statement.last_day,
        status=status,
        cost_ore=statement.cost_ore,
        share_ore=share,
        **counting._asdict(),
        baseline=money.Baseline.of(baseline) if baseline else None,
        saving=money.Range(**saving._asdict()) if saving else None,
    )


def _total(rows: Sequence[money.SavingRow], status: money.Status) -> money.Range:
    mine: Iterable[savings.Span] = (
        savings.Span(row.saving.low_ore, row.saving.high_ore)
        for row in rows
        if row.status == status and row.saving
    )
    return money.Range(**savings.total(mine)._asdict())

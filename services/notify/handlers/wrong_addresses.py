"""Addresses that mails do not reach: kept, told to the agency, and put right."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from services.notify.models import AddressTask, Mail, Recipient, WrongAddress
from services.notify.rules import wrong_addresses as rules
from services.notify.store import people
from services.notify.store import wrong_addresses as store
from shared.audit import entries as audit
from shared.auth import Caller
from shared.contracts.notify import Request, WrongAddresses, WrongAddressLine
from shared.mongo import Database, Transaction
from shared.publishing import outbox
from shared.refusals import IsForCoordinators, NoSuchAgency, NoSuchPerson

# One mail a day and agency, and not for the first of a hundred that turn out wrong in the same hour.
AGAIN = timedelta(days=1)
_LINES = 20


async def keep(tx: Transaction, mails: Sequence[Mail], now: datetime) -> None:
    """What the outcomes of these mails say of addresses."""
    known = await store.of_in(tx, [mail.person_id for mail in mails])
    faulty = [mail.person_id for mail in mails if rules.fault_of(mail)]
    agencies = await people.agencies_of(tx, faulty) if faulty else {}
    wrong, right = rules.found(mails, known, agencies, now)
    await store.write(tx, wrong, right)


async def on_people(tx: Transaction, changed: Mapping[str, Recipient | None]) -> None:
    """End the tasks of people who have got another address, or are gone."""
    known = await store.of_in(tx, changed)
    await store.write(tx, [], [id_ for id_, one in known.items() if rules.is_put_right(one, changed[id_])])


async def tell(tx: Transaction, agency: str, now: datetime) -> int:
    """Mail the agency's coordinators; returns how many addresses they are told of."""
    wrong = await store.untold(tx, agency)
    coordinators = await people.coordinators_of(tx, agency)
    if not wrong or not coordinators:
        return 0
    data = WrongAddresses(
        agency=agency,
        count=len(wrong),
        people=tuple(WrongAddressLine(person_id=one.person_id, fault=one.fault) for one in wrong[:_LINES]),
    )
    for person_id in coordinators:
        outbox.request(
            tx,
            Request(
                person_id=person_id,
                kind="notify.wrong_addresses",
                subject=f"wrong-addresses/{agency}",
                subject_version=int(now.timestamp()),
                data=data.model_dump(mode="json"),
                not_after=now + timedelta(days=7),
            ),
        )
    await store.set_told(tx, agency, [one.person_id for one in wrong], now)
    return len(wrong)


async def tasks(db: Database, caller: Caller, agency: str, offset: int, limit: int) -> list[AddressTask]:
    """Nothing for callers who may not see the agency's."""
    _require(caller, agency)
    return [shown(one) for one in await store.page(db, agency, offset, limit)]


async def try_again(tx: Transaction, caller: Caller, person_id: str) -> None:
    """Let mails go to the person's address again: the mailbox is there by now. Idempotent.

    Raises:
        NotFound: there is no such person at the caller's agency.
        Forbidden: the caller is neither the agency's system nor its coordinator.

    """
    agency = (await people.agencies_of(tx, [person_id])).get(person_id)
    if agency is None or not caller.acts_for(agency, person_id):
        raise NoSuchPerson("There is no such person here.")
    if not (caller.is_system or caller.coordinator):
        raise IsForCoordinators("Only the agency's systems and coordinators say that an address is right.")
    if held := (await store.of_in(tx, [person_id])).get(person_id):
        await store.write(tx, [], [person_id])
        await audit.record(
            tx, "address.tried_again", agency=agency, thing=f"notification/{held.notification_id}"
        )


def shown(wrong: WrongAddress) -> AddressTask:
    return AddressTask(**wrong.model_dump(include=set(AddressTask.model_fields)))


def _require(caller: Caller, agency: str) -> None:
    """
    Raises:
        NotFound: another agency's.
        Forbidden: one's own, and neither its system nor its coordinator.

    """
    if caller.agency != agency:
        raise NoSuchAgency("There is no such agency here.")
    if not (caller.is_system or caller.coordinator):
        raise IsForCoordinators("Only the agency's systems and coordinators see this.")

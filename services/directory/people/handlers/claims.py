"""An agency's records with addresses in another's domain: they sign nobody in, and both agencies hear."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.directory.agencies.store import agencies
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import claims, profiles
from services.directory.settings import settings
from services.directory.telling import tell
from shared.contracts.trust import AddressesClaimed, Claim
from shared.formats.addresses import domain_of, owner
from shared.moments import now_ms
from shared.mongo import Transaction


async def note(tx: Transaction, agency: str, addressed: Sequence[tuple[str, str]], now: datetime) -> None:
    """Person ids with the addresses that they have from now on; both agencies' coordinators are told of those
    that are another's, once for all that come until then.
    """
    domains = await agencies.domains(tx)
    own = domains.get(agency, "").casefold()
    # Nearly all are one's own, and a batch has hundreds.
    rest = [(id_, each) for id_, each in addressed if not each.casefold().endswith((f"@{own}", f".{own}"))]
    owners = {domain: owner(domain, domains) for domain in {domain_of(each) for _, each in rest}}
    due_at = now_ms(now + timedelta(minutes=settings().edits_gathered_minutes))
    for whose in sorted({whose for whose in owners.values() if whose and whose != agency}):
        ids = [id_ for id_, each in rest if owners[domain_of(each)] == whose]
        for told in (agency, whose):
            await claims.note(tx, told, ids, due_at)


async def tell_of_claims(tx: Transaction, agency: str, _now: datetime) -> None:
    """One mail for all that is still so. Protected people are not counted."""
    gathered = await claims.take(tx, agency)
    document = await agencies.load(tx, agency)
    if gathered is None or document is None:
        return
    domains = await agencies.domains(tx)
    counted: Counter[tuple[str, str]] = Counter()
    for person in (await profiles.load_many(tx, gathered.people)).values():
        whose = owner(person["email"], domains) if is_visible(person) and person["email"] else None
        if whose and whose != person["agency"]:
            counted[person["agency"], whose] += 1
    found = [Claim(agency=by, domain=whose, people=n) for (by, whose), n in sorted(counted.items())]
    if not found:
        return
    notice = AddressesClaimed(
        agency=agency,
        claimed_from_us=tuple(each for each in found if each.domain == agency),
        claimed_by_us=tuple(each for each in found if each.agency == agency),
    )
    version = int(gathered.due_at.timestamp() * 1_000)
    for id_ in document["coordinators"]:
        kind, subject = "directory.addresses_claimed", f"agency/{agency}/addresses"
        tell(tx, id_, kind, subject=subject, version=version, notice=notice)

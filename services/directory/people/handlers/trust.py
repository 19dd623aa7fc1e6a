"""The people an agency trusts are its own; those concerned hear of it; and it ends when they go."""

from collections.abc import Sequence
from datetime import datetime

from services.directory.agencies.handlers.agencies import change_agency
from services.directory.agencies.refusals import IsNotTrusted
from services.directory.agencies.rules import TRUSTS, AgencyChanged
from services.directory.agencies.store import agencies as store
from services.directory.people.rules.facts import VisibilityChanged
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.telling import tell
from shared.contracts.community import PeerLine
from shared.contracts.trust import MailDomainChanged, TrustChanged
from shared.contracts.types import Contract
from shared.errors import Invalid
from shared.mongo import Document, Transaction


async def on_agency_changed(tx: Transaction, changed: Sequence[AgencyChanged], _now: datetime) -> None:
    for change in changed:
        await _check(tx, change.before, change.after)
        if change.told:
            await _tell(tx, change.before, change.after)


async def on_visibility_changed(
    tx: Transaction, changed: Sequence[VisibilityChanged], _now: datetime
) -> None:
    """People who have left, or may not be named, coordinate no more and steer no more."""
    gone = {change.person_id for change in changed if not change.visible}
    if not gone:
        return
    for agency in await store.entrusted_to(tx, gone):
        left = {name: [one for one in agency.get(name, ()) if one not in gone] for name in TRUSTS}
        # Those who have left are told nothing, and nothing is told of those who may not be named.
        await change_agency(tx, agency, left, changed[-1].cause, told=False)


async def _check(tx: Transaction, before: Document, after: Document) -> None:
    """
    Raises:
        Invalid: an agency trusts only its own active people without protected identity.

    """
    for name in TRUSTS:
        trusted = set(after.get(name, ())) - set(before.get(name, ()))
        found = await profiles.load_many(tx, trusted) if trusted else {}
        fit = {
            id_ for id_, person in found.items() if person["agency"] == after["_id"] and is_visible(person)
        }
        if trusted - fit:
            raise Invalid(**{name: IsNotTrusted()})


async def _tell(tx: Transaction, before: Document, after: Document) -> None:
    slug = after["_id"]
    coordinators = {*before["coordinators"], *after["coordinators"]}
    for trust in TRUSTS:
        was, now = set(before.get(trust, ())), set(after.get(trust, ()))
        if was == now:
            continue
        notice = TrustChanged(agency=slug, trust=trust, given=_lines(now - was), withdrawn=_lines(was - now))
        await _tell_all(tx, coordinators | (was ^ now), "directory.trust_changed", trust, after, notice)
    if before["mail_domain"] != after["mail_domain"]:
        changed = MailDomainChanged(agency=slug, before=before["mail_domain"], after=after["mail_domain"])
        await _tell_all(tx, coordinators, "directory.mail_domain_changed", "mail-domain", after, changed)


def _lines(people: set[str]) -> tuple[PeerLine, ...]:
    return tuple(PeerLine(person_id=id_) for id_ in sorted(people))


async def _tell_all(
    tx: Transaction, people: set[str], kind: str, about: str, agency: Document, notice: Contract
) -> None:
    known = await profiles.load_many(tx, people)
    subject = f"agency/{agency['_id']}/{about}"
    for id_ in sorted(people):
        if id_ in known and is_visible(known[id_]):
            tell(tx, id_, kind, subject=subject, version=agency["version"], notice=notice)

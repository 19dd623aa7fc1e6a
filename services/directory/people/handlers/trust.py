"""Those whom an agency trusts hear of it: the ones who are given it, the ones who lose it, and the others."""

from typing import Literal

from services.directory.people.store import profiles
from services.directory.people.store.profiles import is_visible
from services.directory.telling import tell as tell_one
from shared.contracts.community import PeerLine
from shared.contracts.trust import MailDomainChanged, TrustChanged
from shared.contracts.types import Contract
from shared.mongo import Document, Transaction

Trust = Literal["coordinators", "steering"]
# What an agency's people are trusted with: its own affairs, and its voice in the steering committee.
TRUSTS: tuple[Trust, ...] = ("coordinators", "steering")


async def tell(tx: Transaction, before: Document, after: Document) -> None:
    """By mail, in the transaction that changes the agency."""
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
            tell_one(tx, id_, kind, subject=subject, version=agency["version"], notice=notice)

"""What a person wants by mail, and what they get whether they want it or not."""

from services.notify.models import KindChoice, Preferences
from services.notify.store import people
from shared.auth import Caller
from shared.contracts.notify import KINDS
from shared.errors import Invalid, NotFound, PreconditionFailed
from shared.mongo import Database, Document, Transaction
from shared.web.conditions import fits


async def choices(db: Database, caller: Caller, person_id: str) -> Preferences:
    """
    Raises:
        NotFound: there is no such person, or the caller may not act for them.

    """
    await _may(db, caller, person_id)
    found = await people.preferences(db, [person_id])
    return _preferences(person_id, found.get(person_id))


async def choose(
    tx: Transaction, caller: Caller, person_id: str, kinds: dict[str, str], if_match: str | None
) -> Preferences:
    """Replace a person's choices.

    Raises:
        NotFound: there is no such person, or the caller may not act for them.
        Invalid: an unknown kind, or one that can't be switched off.
        PreconditionFailed: the choices are no longer what was read.

    """
    await _may(tx.db, caller, person_id)
    wrong = {f"kinds.{kind}": "is no kind of mail" for kind in kinds if kind not in KINDS}
    wrong |= {
        f"kinds.{kind}": "can't be switched off"
        for kind, choice in kinds.items()
        if choice == "never" and kind in KINDS and KINDS[kind].mandatory
    }
    if wrong:
        raise Invalid(**wrong)
    known = (await people.preferences(tx.db, [person_id])).get(person_id)
    version = known["version"] if known else 0
    document = None
    if fits(if_match, version):
        document = await people.set_preferences(tx, person_id, kinds, None if if_match is None else version)
    if document is None:
        raise PreconditionFailed("The choices have changed since they were read.")
    return _preferences(person_id, document)


async def _may(db: Database, caller: Caller, person_id: str) -> None:
    agency = await people.agency_of(db, person_id)
    if agency is None or not caller.acts_for(agency, person_id):
        raise NotFound("There is no such person.")


def _preferences(person_id: str, document: Document | None) -> Preferences:
    chosen = {c["kind"]: c["choice"] for c in document["choices"]} if document else {}
    return Preferences(
        person_id=person_id,
        kinds=[
            KindChoice(kind=name, choice=chosen.get(name, "at_once"), mandatory=kind.mandatory)
            for name, kind in sorted(KINDS.items())
        ],
        version=document["version"] if document else 0,
    )

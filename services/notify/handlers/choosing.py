"""What a person wants by mail, and what they get whether they want it or not."""

from services.notify import refusals
from services.notify.models import Choice, Choices, KindChoice, Preferences
from services.notify.store import people
from shared.auth import Caller
from shared.contracts.notify import KINDS
from shared.errors import Invalid, WrongField
from shared.mongo import Database, Transaction
from shared.refusals import NoSuchPerson
from shared.web.conditions import fits


async def choices(db: Database, caller: Caller, person_id: str) -> Preferences:
    """
    Raises:
        NotFound: there is no such person, or the caller may not act for them.

    """
    await _may(db, caller, person_id)
    return _preferences((await people.choices(db, [person_id]))[person_id])


async def choose(
    tx: Transaction, caller: Caller, person_id: str, kinds: dict[str, Choice], if_match: str | None
) -> Preferences:
    """Replace a person's choices.

    Raises:
        NotFound: there is no such person, or the caller may not act for them.
        Invalid: an unknown kind, or one that can't be switched off.
        PreconditionFailed: the choices are no longer what was read.

    """
    await _may(tx.db, caller, person_id)
    wrong: dict[str, WrongField] = {
        f"kinds.{kind}": refusals.IsNoKindOfMail() for kind in kinds if kind not in KINDS
    }
    wrong |= {
        f"kinds.{kind}": refusals.IsMandatory()
        for kind, choice in kinds.items()
        if choice == "never" and kind in KINDS and KINDS[kind].mandatory
    }
    if wrong:
        raise Invalid(**wrong)
    known = await people.choices_of(tx, person_id)
    if not fits(if_match, known.version):
        raise refusals.ChoicesHaveChanged
    return _preferences(await people.choose(tx, known, kinds))


async def _may(db: Database, caller: Caller, person_id: str) -> None:
    agency = await people.agency_of(db, person_id)
    if agency is None or not caller.acts_for(agency, person_id):
        raise NoSuchPerson


def _preferences(chosen: Choices) -> Preferences:
    return Preferences(
        person_id=chosen.person_id,
        kinds=[
            KindChoice(kind=name, choice=chosen.of(name), mandatory=kind.mandatory)
            for name, kind in sorted(KINDS.items())
        ],
        version=chosen.version,
    )

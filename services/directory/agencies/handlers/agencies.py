"""Agencies join, change, and hand out tokens. The operator's commands call these as well."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.directory.agencies import refusals, rules
from services.directory.agencies.rules import TRUSTS, AgencyChanged
from services.directory.agencies.store import agencies as store
from services.directory.refusals import IsNoRole
from services.directory.vocabulary import ROLES, fold, is_listed, specialty_of, specialty_word
from shared import auth
from shared.audit import entries as audit
from shared.contracts.envelope import Trace
from shared.contracts.topics import DIRECTORY_AGENCIES
from shared.errors import Invalid
from shared.moments import now_ms
from shared.mongo import Document, Transaction
from shared.publishing import outbox
from shared.refusals import NoSuchAgency

DECLARE_TOPIC, REMERGE, TELL_OF_MAILBOXES = "declare_topic", "remerge", "tell_of_mailboxes"


async def add_agency(tx: Transaction, slug: str, fields: Mapping[str, Any], now: datetime) -> Document:
    """The agency joins: announced, and its feed's topic is declared soon after the commit. `fields` are
    those of `data/agencies.json`, `role_mailboxes` and `protection`, which is undeclared unless said:
    then all its people are protected.

    Raises:
        AgencyExists: the slug is taken.

    """
    if await store.load(tx, slug):
        raise refusals.AgencyExists(f"There is already an agency called {slug}.")
    _check_mailboxes(fields.get("role_mailboxes", {}))
    await _check_domain(tx, slug, fields["mail_domain"])
    before = await store.departed(tx, slug)
    document: Document = {
        "role_mailboxes": {},
        "protection": "undeclared",
        **fields,
        "_id": slug,
        # One that had left and comes back goes on from there, so that others hear of it.
        "version": before["version"] + 1 if before else 1,
        "deleted": False,
        "coordinators": [],
        "steering": [],
        "tokens": [],
        "joined_at": now_ms(now),
    }
    state = store.public_state(document)
    await store.save(tx, document)
    await store.ask_for_work(tx, DECLARE_TOPIC, slug)
    if document["role_mailboxes"]:
        await store.ask_for_work(tx, TELL_OF_MAILBOXES, slug)
    outbox.announce(tx, DIRECTORY_AGENCIES, state)
    await audit.record(tx, "agency.added", agency=slug, protection=document["protection"])
    return document


async def change_agency(
    tx: Transaction,
    document: Document,
    changes: Mapping[str, Any],
    cause: Trace | None = None,
    *,
    told: bool = True,
) -> Document:
    """Announced if anything really changes, and those concerned are mailed who is trusted and which domain
    counts, unless `told` says otherwise. What a new `protection` means for the agency's people follows after
    the commit.
    """
    after = {**document, **changes}
    if after == document:
        return document
    _check_mailboxes(after["role_mailboxes"])
    if after["mail_domain"] != document["mail_domain"]:
        await _check_domain(tx, after["_id"], after["mail_domain"])
    if after["protection"] != document["protection"]:
        await store.ask_for_work(tx, REMERGE, after["_id"])
    if after["role_mailboxes"] != document["role_mailboxes"]:
        await store.ask_for_work(tx, TELL_OF_MAILBOXES, after["_id"])
    after["version"] = document["version"] + 1
    await store.save(tx, after)
    outbox.announce(tx, DIRECTORY_AGENCIES, store.public_state(after), cause)
    await _audit_change(tx, document, after)
    await tx.react([AgencyChanged(document, after, told)], datetime.now(UTC))
    return after


async def _audit_change(tx: Transaction, before: Document, after: Document) -> None:
    """Tokens are told of by those who make and revoke them."""
    slug = after["_id"]
    changed = {name for name, value in after.items() if value != before.get(name)}
    if plain := sorted(changed - {"tokens", "version", *TRUSTS}):
        new = {"protection": after["protection"]} if "protection" in changed else {}
        await audit.record(tx, "agency.changed", agency=slug, fields=plain, **new)
    for name in TRUSTS:
        was, now = set(before.get(name, ())), set(after.get(name, ()))
        for act, people in ("trust.given", now - was), ("trust.withdrawn", was - now):
            for person in sorted(people):
                await audit.record(tx, act, agency=slug, person=person, trust=name)


async def set_coordinators(tx: Transaction, slug: str, person_ids: Sequence[str]) -> Document:
    return await change_agency(tx, await load_agency(tx, slug), {"coordinators": list(person_ids)})


async def load_agency(tx: Transaction, slug: str) -> Document:
    """
    Raises:
        NotFound: no agency has this slug.

    """
    document = await store.load(tx, slug)
    if not document:
        raise NoSuchAgency
    return document


async def _check_domain(tx: Transaction, slug: str, domain: str) -> None:
    """
    Raises:
        Invalid: people of other agencies, or anybody, would sign in by it.

    """
    others = {other: its for other, its in (await store.domains(tx)).items() if other != slug}
    if wrong := rules.wrong_domain(domain, others):
        raise Invalid(mail_domain=refusals.DomainIsNotTrusted(wrong))


def _check_mailboxes(mailboxes: Mapping[str, str]) -> None:
    unknown = sorted(set(mailboxes) - set(ROLES))
    if unknown:
        said = f"there is no role {', '.join(unknown)}; see GET /directory/v1/roles"
        raise Invalid(role_mailboxes=IsNoRole(said))


# --- tokens -------------------------------------------------------------------------------------------


async def create_token(
    tx: Transaction, slug: str, name: str, scopes: Sequence[str], now: datetime, *, days: int = 365
) -> tuple[str, Document]:
    """A new token and what is kept of it. Two of a name are alive at a time; the third retires the oldest.

    Raises:
        NotFound: no agency has this slug.
        Conflict: the agency has too many tokens.

    """
    agency = await load_agency(tx, slug)
    token, sha256 = auth.new_token()
    kept = {
        "id": auth.token_id(sha256),
        "sha256": sha256,
        "name": name,
        "scopes": list(scopes),
        "created_at": now_ms(now),
        "expires_at": now_ms(now + timedelta(days=days)),
    }
    tokens = rules.with_token(agency["tokens"], kept, now)
    if len(tokens) > rules.ALIVE_PER_AGENCY:
        most = rules.ALIVE_PER_AGENCY
        raise refusals.TooManyTokens(f"An agency has at most {most} tokens. Revoke one first.", most=most)
    await change_agency(tx, agency, {"tokens": tokens})
    left = {each["id"] for each in tokens}
    await audit.record(
        tx,
        "token.created",
        agency=slug,
        thing=f"token/{kept['id']}",
        scopes=kept["scopes"],
        days=days,
        retired=[each["id"] for each in agency["tokens"] if each["id"] not in left],
    )
    return token, kept


def check_scopes(asked: Sequence[str], held: frozenset[str], *, coordinator: bool) -> None:
    """
    Raises:
        Forbidden: some of them are not this caller's to pass on.

    """
    if beyond := rules.beyond(asked, held, coordinator=coordinator):
        scopes = ", ".join(beyond)
        raise refusals.TokenGivesTooMuch(f"You can't pass on what you don't have: {scopes}.", scopes=scopes)


async def revoke_token(tx: Transaction, slug: str, token_id: str) -> None:
    """In force everywhere within seconds.

    Raises:
        NotFound: there is no such token.

    """
    agency = await load_agency(tx, slug)
    left = [token for token in agency["tokens"] if token["id"] != token_id]
    if len(left) == len(agency["tokens"]):
        raise refusals.NoSuchToken
    await change_agency(tx, agency, {"tokens": left})
    await audit.record(tx, "token.revoked", agency=slug, thing=f"token/{token_id}")


# --- an agency's own words for roles ------------------------------------------------------------------


async def map_word(tx: Transaction, slug: str, word: str, code: str) -> None:
    """The agency's word means this role, for its people now and later.

    Raises:
        Invalid: there is no such role.

    """
    if code not in ROLES:
        raise Invalid(code=IsNoRole())
    before = await store.find_mapping(tx, slug, fold(word))
    if before is None or before["code"] != code:
        await store.put_mapping(tx, slug, fold(word), word, code)
        await store.ask_for_work(tx, REMERGE, slug)
        await audit.record(tx, "word.mapped", agency=slug, word=word, role=code)


async def map_specialty(tx: Transaction, slug: str, word: str, specialty: str) -> None:
    """The agency's word means this specialty of the list, for its people now and later.

    Raises:
        Invalid: it is not on the list.

    """
    if not is_listed(specialty):
        raise Invalid(specialty=refusals.IsNoSpecialty())
    kept = specialty_word(word)
    before = await store.find_mapping(tx, slug, kept)
    if before is None or before["code"] != specialty_of(specialty):
        await store.put_mapping(tx, slug, kept, word, specialty_of(specialty), what="specialty")
        await store.ask_for_work(tx, REMERGE, slug)
        await audit.record(tx, "word.mapped", agency=slug, word=word, specialty=specialty_of(specialty))


async def forget_specialty(tx: Transaction, slug: str, word: str) -> None:
    """
    Raises:
        NotFound: the word was not mapped.

    """
    if not await store.delete_mapping(tx, slug, specialty_word(word)):
        raise refusals.WordIsNotMapped
    await store.ask_for_work(tx, REMERGE, slug)
    await audit.record(tx, "word.forgotten", agency=slug, word=word, what="specialty")


async def forget_word(tx: Transaction, slug: str, word: str) -> None:
    """
    Raises:
        NotFound: the word was not mapped.

    """
    if not await store.delete_mapping(tx, slug, fold(word)):
        raise refusals.WordIsNotMapped
    await store.ask_for_work(tx, REMERGE, slug)
    await audit.record(tx, "word.forgotten", agency=slug, word=word, what="role")

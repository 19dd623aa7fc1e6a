from collections.abc import Iterable
from itertools import chain

from services.directory.search.folding import LONGEST_WORD, chunks, native, pieces, tokens
from services.directory.search.models import PersonWords
from services.directory.search.vocabulary import Vocabulary

Tokens = tuple[str, ...]


def own_words(person: PersonWords, vocabulary: Vocabulary) -> dict[str, Tokens]:
    """Native words by field, as written; telephone numbers and whole mail addresses are not among them."""
    return {
        "name": (*tokens(person.given_name), *tokens(person.family_name)),
        "role": _all(map(vocabulary.own, person.roles)),
        "assignment": _all(map(vocabulary.own, person.assignments)),
        "specialty": _all(map(tokens, person.specialties)),
        "ask_me_about": _all(map(tokens, person.ask_me_about)),
        "title": vocabulary.said(person.title),
        "agency": _all(map(tokens, (person.agency, *person.agency_names))),
        "place": tokens(person.place),
        "unit": tokens(person.unit),
        "email": _mailbox_words(person.email),
    }


def implied_words(person: PersonWords, vocabulary: Vocabulary) -> dict[str, Tokens]:
    """What those words imply by field: synonyms, English names, parts of compounds."""
    return {
        "role": _all(map(vocabulary.implied, person.roles)),
        "assignment": _all(map(vocabulary.implied, person.assignments)),
        "specialty": _all(map(vocabulary.implied_by, person.specialties)),
        "ask_me_about": _all(map(vocabulary.implied_by, person.ask_me_about)),
        "title": vocabulary.implied_by(person.title) if person.title else (),
        "unit": vocabulary.parts(person.unit) if person.unit else (),
    }


def _all(found: Iterable[Tokens]) -> Tokens:
    return tuple(chain.from_iterable(found))


def address(person: PersonWords) -> str:
    """The whole mail address. It stands apart from all other words: nearly as many as there are people
    begin with the same given name, and looking through them would slow every question for that name.
    """
    return native(person.email)[:LONGEST_WORD].replace(" ", "")


def _mailbox_words(email: str) -> Tokens:
    mailbox, _, _ = native(email).partition("@")
    return tuple(piece for chunk in chunks(mailbox) for piece in pieces(chunk))

from collections.abc import Callable
from itertools import chain

from services.directory.folding import LONGEST_WORD, chunks, native, pieces, tokens
from services.directory.search.engine.vocabulary import Vocabulary
from services.directory.search.models import PersonWords

Tokens = tuple[str, ...]


def own_words(person: PersonWords, vocabulary: Vocabulary) -> dict[str, Tokens]:
    """Native words by field, as written; telephone numbers and whole mail addresses are not among them."""
    return {
        "name": (*tokens(person.given_name), *tokens(person.family_name)),
        "role": _all(vocabulary.own, person.roles),
        "assignment": _all(vocabulary.own, person.assignments),
        "specialty": _all(tokens, person.specialties),
        "ask_me_about": _all(tokens, person.ask_me_about),
        "title": vocabulary.said(person.title),
        "agency": _all(tokens, (person.agency, *person.agency_names)),
        "place": tokens(person.place),
        "unit": tokens(person.unit),
        "email": _mailbox_words(person.email),
    }


def implied_words(person: PersonWords, vocabulary: Vocabulary) -> dict[str, Tokens]:
    """What those words imply by field: synonyms, English names, parts of compounds."""
    return {
        "role": _all(vocabulary.implied, person.roles),
        "assignment": _all(vocabulary.implied, person.assignments),
        "specialty": _all(vocabulary.implied_by, person.specialties),
        "ask_me_about": _all(vocabulary.implied_by, person.ask_me_about),
        "title": vocabulary.implied_by(person.title),
        "unit": vocabulary.parts(person.unit),
    }


def _all(words_of: Callable[[str], Tokens], said: tuple[str, ...]) -> Tokens:
    """Most people have one of most things, or none."""
    if not said:
        return ()
    return words_of(said[0]) if len(said) == 1 else tuple(chain.from_iterable(map(words_of, said)))


def address(person: PersonWords) -> str:
    """The whole mail address. It stands apart from all other words: nearly as many as there are people
    begin with the same given name, and looking through them would slow every question for that name.
    """
    return native(person.email)[:LONGEST_WORD].replace(" ", "")


def _mailbox_words(email: str) -> Tokens:
    mailbox, _, _ = native(email).partition("@")
    return tuple(piece for chunk in chunks(mailbox) for piece in pieces(chunk))

import json
from typing import Any

import tantivy

from services.directory.folding import plain
from services.directory.search.engine import schema
from services.directory.search.engine.fields import address, implied_words, own_words
from services.directory.search.engine.order import Alphabet, exact_key
from services.directory.search.engine.phones import numbers
from services.directory.search.engine.ranking import FIELDS, Group
from services.directory.search.engine.vocabulary import Vocabulary
from services.directory.search.models import PersonWords

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def document(person: PersonWords, vocabulary: Vocabulary, alphabet: Alphabet) -> tantivy.Document:
    """A person as the index keeps them; the whole person is stored along, for the explanation of hits."""
    found = tantivy.Document()
    for group, words in _by_group(person, vocabulary).items():
        text = " ".join(dict.fromkeys(words))
        found.add_text(schema.NATIVE[group], text)
        found.add_text(schema.PLAIN[group], plain(text))
    if person.phone:
        found.add_text(schema.PHONE, " ".join(numbers(person.phone)))
    if person.email:
        found.add_text(schema.ADDRESS, address(person))
    for term in _filter_terms(person):
        found.add_text(schema.FILTER, term)
    found.add_text(schema.ID, person.id)
    found.add_bytes(schema.PERSON, _encode(person).encode(errors="replace"))
    key = exact_key(person.family_name, person.given_name, person.id)
    found.add_float(schema.WEIGHT, alphabet.weight(key))
    for field, part in zip(schema.KEYS, key, strict=True):
        found.add_unsigned(field, part)
    return found


def person_of(stored: bytes) -> PersonWords:
    values: list[Any] = json.loads(stored)
    return PersonWords._make(tuple(value) if isinstance(value, list) else value for value in values)


def _by_group(person: PersonWords, vocabulary: Vocabulary) -> dict[Group, list[str]]:
    groups: dict[Group, list[str]] = {}
    for field, words in own_words(person, vocabulary).items():
        if words:
            groups.setdefault(FIELDS[field], []).extend(words)
    for words in implied_words(person, vocabulary).values():
        if words:
            groups.setdefault(Group.IMPLIED, []).extend(words)
    return groups


def _filter_terms(person: PersonWords) -> list[str]:
    return [
        schema.filter_term("agency", person.agency),
        schema.filter_term("place", person.place),
        *(schema.filter_term("role", role) for role in (*person.roles, *person.assignments)),
        *(schema.filter_term("specialty", specialty) for specialty in person.specialties),
        *(schema.filter_term("group", group) for group in person.groups),
    ]

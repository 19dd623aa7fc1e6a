from functools import cached_property

from rapidfuzz.distance import OSA

from services.directory.search.compounds import Compounds
from services.directory.search.fields import Tokens, implied_words, own_words
from services.directory.search.folding import plain
from services.directory.search.models import PersonWords
from services.directory.search.phones import numbers
from services.directory.search.question import Word
from services.directory.search.ranking import FIELDS, Group, How, Match, Rule, all_rules
from services.directory.search.vocabulary import Vocabulary


class Profile:
    """One person's words by group and field, to be held against the rules that the index ranked by."""

    def __init__(self, person: PersonWords, vocabulary: Vocabulary) -> None:
        self._groups: dict[Group, dict[str, Tokens]] = {group: {} for group in Group}
        for field, words in own_words(person, vocabulary).items():
            self._groups[FIELDS[field]][field] = words
        self._groups[Group.IMPLIED] = implied_words(person, vocabulary)
        self._groups[Group.PHONE] = {"phone": numbers(person.phone)}

    @cached_property
    def _plain(self) -> dict[Group, dict[str, Tokens]]:
        return {
            group: {field: tuple(map(plain, words)) for field, words in fields.items()}
            for group, fields in self._groups.items()
        }

    def fields(self, match: Match) -> set[str]:
        groups = self._groups if match.native else self._plain
        return {field for group in match.groups for field in self._in_group(match, groups[group])}

    def _in_group(self, match: Match, fields: dict[str, Tokens]) -> list[str]:
        if match.native and match.how in (How.FUZZY, How.FUZZY_PREFIX) and _misread(match, fields):
            return []
        return [field for field, words in fields.items() if any(_matches(match, word) for word in words)]


def matched_fields(words: list[Word], profile: Profile, compounds: Compounds) -> tuple[int, tuple[str, ...]]:
    """The level the words reach together and the fields that gave it, in the order of `FIELDS`."""
    total, fields = 0, set[str]()
    for word in words:
        level, found = _best(all_rules(word, compounds), profile)
        total += level
        fields |= found
    return total, tuple(field for field in FIELDS if field in fields)


def _best(rules: list[Rule], profile: Profile) -> tuple[int, set[str]]:
    best, fields = 0, set[str]()
    for rule in sorted(rules, key=lambda rule: -rule.level):
        if rule.level < best:
            break
        found = [profile.fields(match) for match in rule.every]
        if all(found):
            best = rule.level
            fields.update(*found)
    return best, fields


def _matches(match: Match, word: str) -> bool:
    text = match.text
    match match.how:
        case How.EXACT:
            return word == text
        case How.PREFIX:
            return word.startswith(text)
        case How.DOTLESS:
            return len(word) == len(text) and all(map(_same_but_for_dots, text, word))
        case How.FUZZY:
            return OSA.distance(text, word, score_cutoff=1) <= 1
        case How.FUZZY_PREFIX:
            return any(
                OSA.distance(text, word[: len(text) + more], score_cutoff=1) <= 1 for more in (-1, 0, 1)
            )


def _same_but_for_dots(typed: str, written: str) -> bool:
    return typed == written or typed == plain(written)


def _misread(match: Match, fields: dict[str, Tokens]) -> bool:
    text = plain(match.text)
    if match.how is How.FUZZY:
        return any(plain(word) == text for words in fields.values() for word in words)
    return any(plain(word).startswith(text) for words in fields.values() for word in words)

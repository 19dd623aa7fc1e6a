from dataclasses import dataclass

from rapidfuzz.distance import OSA

from services.directory.folding import plain
from services.directory.search.engine.fields import Tokens, address, implied_words, own_words
from services.directory.search.engine.phones import numbers
from services.directory.search.engine.question import Word
from services.directory.search.engine.ranking import FIELDS, Group, How, Match, Rule, all_rules
from services.directory.search.engine.vocabulary import Vocabulary
from services.directory.search.models import PersonWords

FieldWords = dict[str, Tokens]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The level all words reach together, and the fields that gave it in the order of `FIELDS`."""

    level: int
    fields: tuple[str, ...]


class Explainer:
    """Says why a hit of one question is where it is, by the rules that the index ranked by."""

    def __init__(self, words: list[Word], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._rules = [
            sorted(all_rules(word, vocabulary.compounds), key=lambda rule: -rule.level) for word in words
        ]

    def explain(self, person: PersonWords) -> Explanation:
        profile = _Profile(person, self._vocabulary)
        total, fields = 0, set[str]()
        for rules in self._rules:
            level, found = _best(rules, profile)
            total += level
            fields |= found
        return Explanation(total, tuple(field for field in FIELDS if field in fields))


class _Profile:
    """One person's words by group and field."""

    def __init__(self, person: PersonWords, vocabulary: Vocabulary) -> None:
        self._native: dict[Group, FieldWords] = {group: {} for group in Group}
        self._plain: dict[Group, FieldWords] = {}
        for field, words in own_words(person, vocabulary).items():
            self._native[FIELDS[field]][field] = words
        self._native[Group.IMPLIED] = implied_words(person, vocabulary)
        self._native[Group.ADDRESS] = {"email": (address(person),)}
        self._native[Group.PHONE] = {"phone": numbers(person.phone)}

    def fields(self, match: Match) -> set[str]:
        """Where the match holds."""
        found = set[str]()
        for group in match.groups:
            fields = self._native[group] if match.native else self._plain_words(group)
            if not _misread(match, fields):
                found.update(field for field, words in fields.items() if _holds(match, words))
        return found

    def _plain_words(self, group: Group) -> FieldWords:
        if group not in self._plain:
            fields = self._native[group].items()
            self._plain[group] = {field: tuple(map(plain, words)) for field, words in fields}
        return self._plain[group]


def _best(rules: list[Rule], profile: _Profile) -> tuple[int, set[str]]:
    best, fields = 0, set[str]()
    for rule in rules:
        if rule.level < best:
            break
        found = [profile.fields(match) for match in rule.every]
        if all(found):
            best = rule.level
            fields.update(*found)
    return best, fields


def _holds(match: Match, words: Tokens) -> bool:
    text = match.text
    match match.how:
        case How.EXACT:
            return text in words
        case How.PREFIX:
            return any(word.startswith(text) for word in words)
        case How.DOTLESS:
            return any(_same_but_for_dots(text, word) for word in words)
        case How.FUZZY:
            return any(_one_error(text, word) for word in words)
        case How.FUZZY_PREFIX:
            lengths = range(len(text) - 1, len(text) + 2)
            return any(_one_error(text, word[:length]) for word in words for length in lengths)


def _one_error(typed: str, written: str) -> bool:
    return OSA.distance(typed, written, score_cutoff=1) <= 1


def _same_but_for_dots(typed: str, written: str) -> bool:
    return len(typed) == len(written) and all(
        one in (other, plain(other)) for one, other in zip(typed, written, strict=True)
    )


def _misread(match: Match, fields: FieldWords) -> bool:
    """A typed å that meets an ä is no typing error."""
    if not match.native or match.how not in (How.FUZZY, How.FUZZY_PREFIX):
        return False
    text, whole = plain(match.text), match.how is How.FUZZY
    others = (plain(word) for words in fields.values() for word in words)
    return any(other == text if whole else other.startswith(text) for other in others)

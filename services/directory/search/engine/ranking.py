"""How good a match is. The rules of a word serve the index, which ranks by them, and the explanation, which
names the fields that gave a hit its place.

A word scores the best of its matches, a hit the sum of its words. Exact beats prefix beats implied beats
fuzzy; within each, what somebody does beats their name, that their title, that where they sit. A role whose
title is the word itself beats a role that has it by a synonym.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum

from services.directory.folding import typed_diacritics
from services.directory.search.engine.compounds import Compounds, stems
from services.directory.search.engine.question import Kind, Word, readings


class Group(StrEnum):
    """Fields that rank alike, kept as one in the index."""

    SKILL = "skill"
    TOPIC = "topic"
    NAME = "name"
    WHERE = "where"
    IMPLIED = "implied"
    PHONE = "phone"
    ADDRESS = "address"


FIELDS = {
    "name": Group.NAME,
    "role": Group.SKILL,
    "specialty": Group.SKILL,
    "assignment": Group.SKILL,
    "ask_me_about": Group.TOPIC,
    "title": Group.TOPIC,
    "agency": Group.WHERE,
    "place": Group.WHERE,
    "unit": Group.WHERE,
    "email": Group.WHERE,
    "phone": Group.PHONE,
}
OWN = (Group.SKILL, Group.TOPIC, Group.NAME, Group.WHERE)
WORDED = (*OWN, Group.IMPLIED)
INFLECTED = (Group.SKILL, Group.TOPIC, Group.WHERE)

ROLE_AND_TITLE = 41
EXACT = {Group.SKILL: 40, Group.NAME: 38, Group.TOPIC: 36, Group.WHERE: 34}
NUMBER = 40
SPLIT = 30
PREFIX = {Group.SKILL: 28, Group.NAME: 27, Group.TOPIC: 26, Group.WHERE: 25}
NUMBER_PREFIX = 28
INSIDE = 4
SPLIT_PREFIX = 20
IMPLIED = 18
INFLECTION = 16
IMPLIED_INFLECTION = 15
IMPLIED_PREFIX = 14
COMPOUND = 12
FUZZY = {Group.SKILL: 8, Group.NAME: 7, Group.TOPIC: 6, Group.WHERE: 5, Group.IMPLIED: 4}
ONE_PART = 3
FUZZY_PREFIX = 2
IMPLIED_PART = 1

HIGHEST = 41
LOWEST_EXACT = 33
LOWEST_STRICT = 12
LEVEL_BY_LEVEL = ((28, 32), (27, 27), (26, 26), (25, 25), (LOWEST_STRICT, 24))
ALL_AT_ONCE = ((LOWEST_STRICT, HIGHEST),)

# Between two levels there is room for the asker's own place and, within that, their own agency.
UNITS = 4
NEAR = 2
OWN_AGENCY = 1

_SHORTEST_IMPLIED_PREFIX = 3
_SHORTEST_FUZZY = 4
_SHORTEST_FUZZY_PREFIX = 5
_LONGEST_FUZZY = 30
_SHORTEST_STEM_PREFIX = 5


class How(Enum):
    EXACT = "the same word"
    PREFIX = "a word that begins so"
    DOTLESS = "the same word, where the asker may have left out dots and rings"
    FUZZY = "one letter wrong, missing, too many or swapped"
    FUZZY_PREFIX = "a word that begins so, give or take one letter"


@dataclass(frozen=True, slots=True)
class Match:
    """One of the groups must hold such a word. Compared natively where the asker typed å ä ö, else folded."""

    how: How
    text: str
    groups: tuple[Group, ...]
    native: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """All the matches together are worth the level."""

    level: int
    every: tuple[Match, ...]


def match(how: How, text: str, *groups: Group) -> Match:
    return Match(how, text, groups, typed_diacritics(text))


def strict_rules(word: Word, compounds: Compounds) -> list[Rule]:
    """What counts as meant."""
    if word.optional:
        return list(_exact(word))
    if word.kind is Kind.PHONE:
        return [*_number(readings(word), Group.PHONE), *_split(word)]
    if word.kind is Kind.EMAIL:
        return [*_number((word.text,), Group.ADDRESS), *_split(word)]
    hyphenated = _split(word) if len(word.pieces) > 1 else ()
    return [*_exact(word), *_prefix(word), *hyphenated, *_implied(word), *_compound(word, compounds)]


def forgiving_rules(word: Word, compounds: Compounds) -> list[Rule]:
    """What may have been meant: one typing error, or only a part of a compound."""
    if word.optional or not word.may_be_misspelt:
        return []
    text = word.text
    rules = [
        rule
        for part in compounds.split(text)
        for rule in (
            Rule(ONE_PART, (match(How.EXACT, part, *OWN),)),
            Rule(IMPLIED_PART, (match(How.EXACT, part, Group.IMPLIED),)),
        )
    ]
    if _SHORTEST_FUZZY <= len(text) <= _LONGEST_FUZZY:
        hows = (How.FUZZY, How.DOTLESS) if typed_diacritics(text) else (How.FUZZY,)
        rules.extend(
            Rule(level, (match(how, text, group),)) for how in hows for group, level in FUZZY.items()
        )
        if word.last and len(text) >= _SHORTEST_FUZZY_PREFIX:
            rules.append(Rule(FUZZY_PREFIX, (match(How.FUZZY_PREFIX, text, *OWN),)))
    return rules


def all_rules(word: Word, compounds: Compounds) -> list[Rule]:
    return [*strict_rules(word, compounds), *forgiving_rules(word, compounds)]


def _exact(word: Word) -> Iterator[Rule]:
    both = (Group.SKILL, Group.TOPIC)
    yield Rule(ROLE_AND_TITLE, tuple(Match(How.EXACT, word.text, (group,), native=True) for group in both))
    for group in OWN:
        yield Rule(EXACT[group], (Match(How.EXACT, word.text, (group,), native=True),))
        if not typed_diacritics(word.text):
            yield Rule(EXACT[group] - 1, (match(How.EXACT, word.text, group),))


def _prefix(word: Word) -> Iterator[Rule]:
    lower = 0 if word.last else INSIDE
    for group in OWN:
        yield Rule(PREFIX[group] - lower, (match(How.PREFIX, word.text, group),))


def _number(forms: tuple[str, ...], group: Group) -> Iterator[Rule]:
    for form in forms:
        yield Rule(NUMBER, (Match(How.EXACT, form, (group,), native=True),))
        yield Rule(NUMBER_PREFIX, (Match(How.PREFIX, form, (group,), native=True),))


def _split(word: Word) -> Iterator[Rule]:
    *first, last = word.pieces
    exact = tuple(match(How.EXACT, piece, *WORDED) for piece in first)
    yield Rule(SPLIT, (*exact, match(How.EXACT, last, *WORDED)))
    yield Rule(SPLIT_PREFIX, (*exact, match(How.PREFIX, last, *WORDED)))


def _implied(word: Word) -> Iterator[Rule]:
    text = word.text
    yield Rule(IMPLIED, (match(How.EXACT, text, Group.IMPLIED),))
    if len(text) >= _SHORTEST_IMPLIED_PREFIX:
        yield Rule(IMPLIED_PREFIX, (match(How.PREFIX, text, Group.IMPLIED),))
    for stem in stems(text):
        how = How.PREFIX if len(stem) >= _SHORTEST_STEM_PREFIX else How.EXACT
        yield Rule(INFLECTION, (match(how, stem, *INFLECTED),))
        yield Rule(IMPLIED_INFLECTION, (match(how, stem, Group.IMPLIED),))


def _compound(word: Word, compounds: Compounds) -> Iterator[Rule]:
    parts = compounds.split(word.text)
    if parts:
        yield Rule(COMPOUND, tuple(match(How.EXACT, part, *WORDED) for part in parts))


def dotless_pattern(text: str) -> str:
    """A regular expression for every way to put the dots and rings where the asker typed none."""
    return "".join({"a": "[aåä]", "o": "[oö]"}.get(letter, letter) for letter in text)

from collections.abc import Callable, Iterator, Sequence

import tantivy
from tantivy import Occur, Query

from services.directory.folding import plain
from services.directory.search.engine import ranking, schema
from services.directory.search.engine.compounds import Compounds
from services.directory.search.engine.question import Word
from services.directory.search.engine.ranking import Group, How, Match, Rule
from services.directory.search.engine.retrieval import STAGE, Stage
from services.directory.search.models import Filters

_BASIC = "basic"

RulesOf = Callable[[Word], list[Rule]]


class Asker:
    """Turns words into queries of constant scores: a hit's score is the sum of its words' levels."""

    def __init__(self, built: tantivy.Schema, compounds: Compounds) -> None:
        self._schema = built
        self._compounds = compounds

    def stages(
        self, words: Sequence[Word], filters: Filters, near_place: str | None, own_agency: str | None
    ) -> Iterator[Stage]:
        """First those who have every word exactly, then those who match as meant, then the forgiven. A
        single word goes level by level: it mostly fills the page before the widest levels are reached.
        """
        for rules_of, worth in self._rules_by_stage(words):

            def query(rules_of: RulesOf = rules_of) -> Query:
                found = self._all(words, rules_of)
                return self._within(self._preferring(found, near_place, own_agency), filters)

            yield Stage(query, worth)

    def meant(self, words: Sequence[Word], filters: Filters) -> Query:
        """Those who match as meant."""
        strict = {word: ranking.strict_rules(word, self._compounds) for word in words}
        return self._within(self._all(words, strict.__getitem__), filters)

    def everybody(self, filters: Filters) -> Query:
        return self._within(Query.all_query(), filters)

    def _rules_by_stage(self, words: Sequence[Word]) -> Iterator[tuple[RulesOf, int]]:
        strict = {word: ranking.strict_rules(word, self._compounds) for word in words}
        cuts = ranking.LEVEL_BY_LEVEL if len(words) == 1 else ranking.ALL_AT_ONCE
        yield lambda word: _between(strict[word], ranking.LOWEST_EXACT, ranking.HIGHEST), 2 * STAGE
        for low, high in cuts:
            yield lambda word, low=low, high=high: _between(strict[word], low, high), STAGE
        if any(word.may_be_misspelt for word in words):
            yield lambda word: [*strict[word], *ranking.forgiving_rules(word, self._compounds)], 0

    def _within(self, query: Query, filters: Filters) -> Query:
        wanted = [
            (Occur.Must, self._filter(kind, value, 0))
            for kind in Filters.__slots__
            if (value := getattr(filters, kind)) is not None
        ]
        return Query.boolean_query([(Occur.Must, query), *wanted]) if wanted else query

    def _preferring(self, query: Query, near_place: str | None, own_agency: str | None) -> Query:
        preferred = [
            (Occur.Should, self._filter(kind, value, bonus))
            for kind, value, bonus in (
                ("place", near_place, ranking.NEAR),
                ("agency", own_agency, ranking.OWN_AGENCY),
            )
            if value
        ]
        return Query.boolean_query([(Occur.Must, query), *preferred]) if preferred else query

    def _filter(self, kind: str, value: str, score: int) -> Query:
        term = Query.term_query(self._schema, schema.FILTER, schema.filter_term(kind, value), _BASIC)
        return Query.const_score_query(term, float(score))

    def _all(self, words: Sequence[Word], rules: RulesOf) -> Query:
        found = [
            (
                Occur.Should if word.optional else Occur.Must,
                Query.disjunction_max_query([self._rule(rule) for rule in rules(word)]),
            )
            for word in words
        ]
        return found[0][1] if len(found) == 1 else Query.boolean_query(found)

    def _rule(self, rule: Rule) -> Query:
        matches = [self._anywhere(match) for match in rule.every]
        return Query.const_score_query(_together(Occur.Must, matches), float(rule.level * ranking.UNITS))

    def _anywhere(self, match: Match) -> Query:
        return _together(Occur.Should, [self._in_group(match, group) for group in match.groups])

    def _in_group(self, match: Match, group: Group) -> Query:
        field = (schema.NATIVE if match.native else schema.PLAIN)[group]
        text = match.text
        match match.how:
            case How.EXACT:
                return self._term(field, text)
            case How.PREFIX:
                return self._near(field, text, distance=0, prefix=True)
            case How.DOTLESS:
                return Query.regex_query(self._schema, field, ranking.dotless_pattern(text))
            case How.FUZZY:
                found = self._near(field, text, distance=1, prefix=False)
                return self._unless_misread(match, group, found, prefix=False)
            case How.FUZZY_PREFIX:
                found = self._near(field, text, distance=1, prefix=True)
                return self._unless_misread(match, group, found, prefix=True)

    def _unless_misread(self, match: Match, group: Group, found: Query, *, prefix: bool) -> Query:
        if not match.native:
            return found
        field = schema.PLAIN[group]
        misread = self._near(field, plain(match.text), distance=0, prefix=prefix)
        return Query.boolean_query([(Occur.Must, found), (Occur.MustNot, misread)])

    def _term(self, field: str, text: str) -> Query:
        return Query.term_query(self._schema, field, text, _BASIC)

    def _near(self, field: str, text: str, *, distance: int, prefix: bool) -> Query:
        return Query.fuzzy_term_query(self._schema, field, text, distance=distance, prefix=prefix)


def _together(occur: Occur, queries: list[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(occur, query) for query in queries])


def _between(rules: list[Rule], low: int, high: int) -> list[Rule]:
    return [rule for rule in rules if low <= rule.level <= high]

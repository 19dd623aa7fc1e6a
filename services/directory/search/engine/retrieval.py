from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import tantivy

from services.directory.search.engine import order, schema

_SPARE = 256
STAGE = 2048


@dataclass(frozen=True, slots=True)
class Candidate:
    score: int
    address: tantivy.DocAddress


@dataclass(frozen=True, slots=True)
class Stage:
    """One query and what a hit of it is worth beside its words: a later stage never overtakes an earlier."""

    query: Callable[[], tantivy.Query]
    worth: int


class Reader:
    """Reads hits in the defined order from one unchanging view of the index."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher

    def ranked(self, stages: Iterable[Stage], need: int) -> list[Candidate]:
        """The first of all stages, each person once and in the first stage that finds them."""
        found: list[Candidate] = []
        seen: set[tuple[int, int]] = set()
        for stage in stages:
            if len(found) >= need:
                break
            # Those seen may come again: asking for as many more is cheaper than a query that leaves them out.
            hits = self._first(stage.query(), need, order_by_field=None)
            for candidate in self._sorted(hits, stage.worth):
                place = (candidate.address.segment_ord, candidate.address.doc)
                if place not in seen:
                    seen.add(place)
                    found.append(candidate)
        return found[:need]

    def alphabetical(self, query: tantivy.Query, need: int) -> list[Candidate]:
        hits = self._first(query, need, order_by_field=schema.FAMILY)
        return self._sorted([(0.0, address) for _, address in hits], 0)[:need]

    def count(self, query: tantivy.Query) -> int:
        result: Any = self._searcher.search(query, limit=1, count=True)
        return result.count or 0

    def stored(self, candidate: Candidate) -> bytes:
        person: Any = self._searcher.doc(candidate.address).get_first(schema.PERSON)
        return person

    def _first(
        self, query: tantivy.Query, need: int, *, order_by_field: str | None
    ) -> list[tuple[Any, tantivy.DocAddress]]:
        """At least the first `need`, and all who tie with the last of them: the engine knows only the rough
        place of a name in the alphabet, so more are fetched until none can be missing.
        """
        count = need + _SPARE
        while True:
            hits = self._searcher.search(
                query,
                limit=count,
                count=False,
                order_by_field=order_by_field,
                order=tantivy.Order.Asc,
                weight_by_field=None if order_by_field else schema.WEIGHT,
            ).hits
            if len(hits) < need:
                return hits
            last = hits[need - 1][0]
            if len(hits) < count or last != hits[-1][0]:
                # Whoever comes after those ties is on no page that was asked for.
                ties = takewhile(last.__eq__, (score for score, _ in hits[need:]))
                return hits[: need + sum(1 for _ in ties)]
            count *= 4

    def _sorted(self, hits: list[tuple[Any, tantivy.DocAddress]], worth: int) -> list[Candidate]:
        addresses = [address for _, address in hits]
        columns = (self._searcher.fast_field_values(key, addresses) for key in schema.KEYS)
        scores = (-worth - order.units(score) for score, _ in hits)
        ordered = sorted(zip(scores, *columns, range(len(hits)), strict=True))
        return [Candidate(-score, addresses[at]) for score, *_, at in ordered]

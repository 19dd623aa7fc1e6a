from collections.abc import Iterable
from itertools import chain, islice

import tantivy

from services.directory.search.engine import question, schema
from services.directory.search.engine.documents import document, person_of
from services.directory.search.engine.explain import Explainer
from services.directory.search.engine.order import Alphabet, exact_key
from services.directory.search.engine.query import Asker
from services.directory.search.engine.question import Word
from services.directory.search.engine.retrieval import Candidate, Reader
from services.directory.search.engine.vocabulary import Vocabulary
from services.directory.search.models import Filters, Hit, PersonWords, SearchResult
from shared.running.turns import giving_way

DEEPEST = 10_000
_WRITER_HEAP = 15_000_000
# How many the first call of `put` shows of how names are spread over the alphabet.
SAMPLE = 2_000
_EVERYBODY = Filters()


class SearchIndex:
    """People in memory, found by any mix of words. One writer at a time; one instance a process."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        built = schema.build()
        self._index = tantivy.Index(built)
        self._index.register_tokenizer(schema.WORDS, schema.tokenizer())
        # A reader that reloads on its own contends with `commit` for a lock that is tried every 100 ms.
        self._index.config_reader(reload_policy="Manual")
        self._writer = self._index.writer(heap_size=_WRITER_HEAP, num_threads=1)
        self._asker = Asker(built, vocabulary.compounds)
        self._alphabet: Alphabet | None = None
        self._known: set[str] = set()
        self._changed = False

    def __len__(self) -> int:
        return len(self._known)

    def put(self, people: Iterable[PersonWords]) -> None:
        """Adds people, or replaces those of the same id; the last of two with one id stands. Seen by
        searches after `commit`. Versions are the caller's to compare. Searches are fastest when the first
        call brings everybody: its first 2,000 show how names are spread over the alphabet.
        """
        arriving = iter(people)
        first = list(islice(arriving, SAMPLE))
        if not first:
            return
        if self._alphabet is None:
            self._alphabet = Alphabet(exact_key(each.family_name, each.given_name, each.id) for each in first)
        for person in giving_way(chain(first, arriving)):
            self._forget(person.id)
            self._writer.add_document(document(person, self._vocabulary, self._alphabet))
            self._known.add(person.id)
        self._changed = True

    def remove(self, ids: Iterable[str]) -> None:
        """Takes people out; unknown ids are passed over. Seen by searches after `commit`."""
        for identifier in ids:
            self._forget(identifier)

    def commit(self) -> None:
        """Lets searches see what was put and removed; costs nothing when nothing was."""
        if self._changed:
            self._writer.commit()
            self._index.reload()
            self._changed = False

    def search(
        self,
        asked: str,
        *,
        filters: Filters = _EVERYBODY,
        near_place: str | None = None,
        own_agency: str | None = None,
        limit: int = 20,
        offset: int = 0,
        count: bool = False,
    ) -> SearchResult:
        """People in whom every word is found, best first; nothing asked for means everybody by name.

        Among equals those at `near_place` come first, of them those of `own_agency`, then family name, given
        name and id by the Swedish alphabet. Any text is taken; twelve words of it count. Where nobody has
        all of them, words that nobody in the network has are left out and named. Nothing is shown beyond
        the first 10,000.
        """
        need = offset + limit + 1
        if need > DEEPEST:
            return SearchResult([], more=False)
        words = question.words(asked)
        reader = Reader(self._index.searcher())
        unknown: tuple[str, ...] = ()
        found = self._find(reader, words, filters, near_place, own_agency, need)
        if words and not found:
            missing = [word for word in words if not word.optional and self._is_unknown(reader, word)]
            unknown = tuple(word.text for word in missing)
            words = [word for word in words if word not in missing]
            # Only small words left: they alone mean nothing.
            if missing and not all(word.optional for word in words):
                found = self._find(reader, words, filters, near_place, own_agency, need)
        total = self._count(reader, words, filters, found, need) if count else None
        explainer = Explainer(words, self._vocabulary)
        page = [_hit(reader, each, explainer) for each in found[offset : offset + limit]]
        return SearchResult(page, len(found) == need, unknown, total)

    def _find(
        self,
        reader: Reader,
        words: list[Word],
        filters: Filters,
        near_place: str | None,
        own_agency: str | None,
        need: int,
    ) -> list[Candidate]:
        if not words:
            return reader.alphabetical(self._asker.everybody(filters), need)
        return reader.ranked(self._asker.stages(words, filters, near_place, own_agency), need)

    def _is_unknown(self, reader: Reader, word: Word) -> bool:
        return not reader.ranked(self._asker.stages([word], _EVERYBODY, None, None), 1)

    def _count(
        self, reader: Reader, words: list[Word], filters: Filters, found: list[Candidate], need: int
    ) -> int:
        if len(found) < need:
            return len(found)
        return reader.count(self._asker.meant(words, filters) if words else self._asker.everybody(filters))

    def _forget(self, identifier: str) -> None:
        if identifier in self._known:
            self._writer.delete_documents_by_term(schema.ID, identifier)
            self._known.discard(identifier)
            self._changed = True


def _hit(reader: Reader, candidate: Candidate, explainer: Explainer) -> Hit:
    person = person_of(reader.stored(candidate))
    return Hit(person.id, candidate.score, explainer.explain(person).fields)

"""Finding texts by words: Swedish stems, found with and without å ä ö, and by how a word begins."""

from functools import lru_cache

import tantivy

from services.directory.folding import plain, tokens, typed_diacritics
from services.directory.search.engine import question

_MOST_ASKED = 8
# What is said in asking and says nothing of the answer.
_ASKING = frozenset(tokens("hur gör ni er era din ditt dina myndighet how your agency does done"))
_stemmer = (
    tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    .filter(tantivy.Filter.stemmer("swedish"))
    .build()
)


@lru_cache(maxsize=16_384)
def _stem(word: str) -> str:
    stem = (_stemmer.analyze(word) or [word])[0]
    # Snowball leaves the plural of kvitto and konto; what becomes of station does so on both sides.
    return stem[:-1] if stem.endswith("on") and len(stem) > 4 else stem


def terms(text: str) -> list[str]:
    """What a text is found by: each word's stem as it is written, and without its å ä ö."""
    stems = {_stem(word) for word in tokens(text)}
    return sorted({f"={stem}" for stem in stems} | {f"~{plain(stem)}" for stem in stems})


def beginnings(asked: str) -> list[str]:
    """What terms must begin with for a text to be an answer; all of these. å, ä and ö count where typed."""
    words = [piece for word in question.words(asked) if not word.optional for piece in word.pieces]
    wanted = [word for word in words if word not in _ASKING] or words
    return [
        f"={_stem(word)}" if typed_diacritics(word) else f"~{plain(_stem(word))}"
        for word in wanted[:_MOST_ASKED]
    ]

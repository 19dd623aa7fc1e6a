"""Swedish word formation, as far as a directory of public servants needs it."""

from collections.abc import Iterable

from services.directory.folding import tokens

SHORTEST_PART = 3
_SHORTEST_KNOWN_HEAD = 4
_SHORTEST_KNOWN_MODIFIER = 5

# What the sector builds its compounds from, beside the words of the controlled list.
ELEMENTS = frozenset(
    tokens(
        """
        ansvarig ansvar analys arbete arbets arkitekt arkiv avdelning avtal beredskap bidrag budget chef
        data diarium direktör ekonom ekonomi enhet faktura forskning fråga frågor förhandling
        förvaltning förvaltare grupp handläggare handläggning informatör information inköp introduktion it
        jurist juridik kansli klassning kommunikation kommunikatör kompetens konsekvens koordinator kris
        kurs kvalitet lag ledare ledning lokal lön löne lärare medie miljö myndighet nämnd ombud område
        organisation partner pension personal plan planering press process projekt redaktör redovisning
        registrering register rekrytering rekryterare revisor risk rådgivare rätt samordnare samordning
        sekreterare skatt skola skydd specialist statistik strateg strategi stöd system säkerhet
        tekniker teknik tillsyn tjänst tull upphandling upphandlare uppföljning utbildare utbildning
        utredare utredning utveckling utvecklare verksamhet webb ärende
        """
    )
)
_ACTIVITIES = (
    ("are", "ing"),
    ("are", "ning"),
    ("atör", "ation"),
    ("aktör", "aktion"),
    ("ör", "ion"),
    ("om", "omi"),
    ("jurist", "juridik"),
    ("trator", "trering"),
    ("arkivarie", "arkiv"),
    ("are", ""),
)
_ENDINGS = (
    "arnas",
    "ernas",
    "ornas",
    "arna",
    "erna",
    "orna",
    "ens",
    "ets",
    "na",
    "en",
    "et",
    "er",
    "ar",
    "or",
    "s",
    "n",
    "t",
)


class Compounds:
    """Takes words apart by a lexicon: the controlled list's words and the sector's common elements."""

    def __init__(self, words: Iterable[str]) -> None:
        self._lexicon = ELEMENTS | {word for word in words if len(word) >= SHORTEST_PART}
        self._known: dict[str, tuple[str, ...]] = {}

    def split(self, word: str) -> tuple[str, ...]:
        """The parts of a compound, or nothing. Wholly known parts win over a known head, that over a known
        first part: `skogsekonom` is split though nobody listed the forest. Of equals the longest first part
        wins: a dataskyddsombud minds dataskydd and is no skyddsombud.
        """
        parts = self._known.get(word)
        if parts is None:
            parts = self._wholly(word, whole=True) or self._by_head(word) or self._by_modifier(word)
            if len(self._known) < 50_000:
                self._known[word] = parts
        return parts

    def activity(self, word: str) -> str | None:
        """What somebody does for a living, where the lexicon has the word: upphandlare → upphandling."""
        for person, activity in _ACTIVITIES:
            doing = word.removesuffix(person) + activity
            if word.endswith(person) and doing in self._lexicon:
                return doing
        return None

    def _wholly(self, word: str, *, whole: bool = False) -> tuple[str, ...]:
        if not whole and word in self._lexicon:
            return (word,)
        best: tuple[str, ...] = ()
        for cut in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
            first = word[:cut]
            if first not in self._lexicon:
                continue
            for rest in _without_binding_s(word[cut:]):
                tail = self._wholly(rest)
                if tail and (not best or len(tail) + 1 < len(best)):
                    best = (first, *tail)
        return best

    def _by_head(self, word: str) -> tuple[str, ...]:
        for cut in range(SHORTEST_PART, len(word) - _SHORTEST_KNOWN_HEAD + 1):
            if word[cut:] in self._lexicon:
                modifier = word[:cut]
                return (
                    modifier[:-1] if modifier.endswith("s") and cut > SHORTEST_PART else modifier,
                    word[cut:],
                )
        return ()

    def _by_modifier(self, word: str) -> tuple[str, ...]:
        for cut in range(len(word) - SHORTEST_PART, _SHORTEST_KNOWN_MODIFIER - 1, -1):
            if word[:cut] in self._lexicon:
                rest = word[cut:]
                return (word[:cut], rest[1:] if rest.startswith("s") and len(rest) > SHORTEST_PART else rest)
        return ()


def _without_binding_s(rest: str) -> tuple[str, ...]:
    return (rest[1:], rest) if rest.startswith("s") else (rest,)


def stems(word: str) -> tuple[str, ...]:
    """What remains when the endings of a noun are taken off; at least four letters, longest ending first."""
    return tuple(
        dict.fromkeys(
            word[: -len(end)] for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 4
        )
    )

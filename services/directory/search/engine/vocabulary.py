from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from services.directory.folding import chunks, native, pieces, tokens
from services.directory.search.engine.compounds import Compounds

_LONGEST_NAME = 4
_REMEMBERED = 16_384


class Vocabulary:
    """The controlled list: what a role is called, and what each of its names implies."""

    def __init__(self, roles: Iterable[Mapping[str, Any]]) -> None:
        listed = list(roles)
        self.compounds = Compounds(word for role in listed for word in _lexicon(role))
        self._own: dict[str, tuple[str, ...]] = {}
        self._implied: dict[str, tuple[str, ...]] = {}
        self._by_name: dict[tuple[str, ...], str] = {}
        self._english = {
            name: tokens(english)
            for role in listed
            for name, english in zip(
                role.get("specialties", ()), role.get("specialties_en", ()), strict=False
            )
        }
        # What people write is mostly what others write too.
        self.implied_by = lru_cache(_REMEMBERED)(self._find_implied)
        self.said = lru_cache(_REMEMBERED)(self._find_said)
        self.parts = lru_cache(_REMEMBERED)(self._find_parts)
        for role in listed:
            self._add(role)

    def _add(self, role: Mapping[str, Any]) -> None:
        code = role["code"]
        own = self._with_activities(tokens(role["sv"]))
        others = [code, role.get("en", ""), *role.get("synonyms", ())]
        said = [token for name in others for token in tokens(name)]
        swedish = (token for name in (role["sv"], *role.get("synonyms", ())) for token in tokens(name))
        parts = [part for token in swedish for part in self.compounds.split(token)]
        self._own[code] = own
        self._implied[code] = _beyond(own, (*said, *parts))
        for name in (role["sv"], *others):
            self._by_name.setdefault(_name_key(name), code)

    def own(self, code: str) -> tuple[str, ...]:
        """The words of a role's name and of what it does; of an unlisted code, its own words."""
        return self._own.get(code) or tokens(code)

    def implied(self, code: str) -> tuple[str, ...]:
        """Synonyms, the English name and the parts of compounds."""
        listed = self._implied.get(code)
        return self.implied_by(code) if listed is None else listed

    def _find_said(self, text: str) -> tuple[str, ...]:
        """The words of a text and of what those whom it names do."""
        return self._with_activities(tokens(text))

    def _find_parts(self, text: str) -> tuple[str, ...]:
        """The parts of a text's compounds."""
        own = tokens(text)
        return _beyond(own, (part for token in own for part in self.compounds.split(token)))

    def _find_implied(self, text: str) -> tuple[str, ...]:
        """What free text implies: the parts of its compounds, and every name of the roles it names."""
        found = dict.fromkeys((*self.parts(text), *self._english.get(text, ())))
        for code in self._roles_named_in(text):
            found.update(dict.fromkeys((*self._own[code], *self._implied[code])))
        return _beyond(tokens(text), found)

    def _roles_named_in(self, text: str) -> Iterator[str]:
        said = _name_key(text)
        for start in range(len(said)):
            for end in range(start + 1, min(start + _LONGEST_NAME, len(said)) + 1):
                code = self._by_name.get(said[start:end])
                if code:
                    yield code

    def _with_activities(self, words: tuple[str, ...]) -> tuple[str, ...]:
        doing = filter(None, map(self.compounds.activity, words))
        return tuple(dict.fromkeys((*words, *doing)))


def _beyond(own: tuple[str, ...], words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys(words) if word not in own)


def _lexicon(role: Mapping[str, Any]) -> Iterator[str]:
    for name in (role["sv"], *role.get("synonyms", ()), *role.get("specialties", ())):
        for chunk in chunks(native(name)):
            yield from pieces(chunk)


def _name_key(name: str) -> tuple[str, ...]:
    return tuple(piece for chunk in chunks(native(name)) for piece in pieces(chunk))

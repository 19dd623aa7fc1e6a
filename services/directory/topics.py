"""What practices are about: a short controlled list (data/topics.json), and free words beside it."""

import json
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.directory.folding import fold


class Topic(BaseModel):
    model_config = ConfigDict(frozen=True)

    sv: str
    en: str
    synonyms: tuple[str, ...]


def _load() -> tuple[Topic, ...]:
    listed = json.loads((Path(__file__).parent / "data" / "topics.json").read_text(encoding="utf-8"))
    return tuple(map(Topic.model_validate, listed))


TOPICS = _load()
_KNOWN = {fold(name): topic.sv for topic in TOPICS for name in (topic.sv, topic.en, *topic.synonyms)}


@lru_cache(maxsize=4_096)
def topic_of(words: str) -> str:
    """The list's own name for a topic, whatever it is called; a free one as it is."""
    tidy = " ".join(words.split())
    return _KNOWN.get(fold(tidy), tidy)


def topic_key(words: str) -> str:
    """What two spellings of one topic have in common."""
    return fold(topic_of(words))

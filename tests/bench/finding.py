"""How often the right person comes first: the mean reciprocal rank of both sets of questions (D1)."""

import asyncio
from collections.abc import Sequence

from tests.bench.ground import Ground
from tests.bench.rows import Row
from tests.directory.search.quality import measure as measure_sets


async def measure(_ground: Ground) -> Sequence[Row]:
    found = await asyncio.to_thread(measure_sets)
    names = {"asked_by_hand": "questions asked by hand", "mistyped": "questions with typing errors"}
    return [
        Row(f"{names[name]}, mean reciprocal rank", value, at_least=0.95) for name, value in found.items()
    ]

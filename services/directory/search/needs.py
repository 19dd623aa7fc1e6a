"""The search, as an endpoint asks for it."""

from typing import Annotated

from fastapi import Depends, Request

from services.directory.refusals import SearchIsNotReady
from services.directory.search.engine.index import SearchIndex


async def _index(request: Request) -> SearchIndex:
    index: SearchIndex | None = getattr(request.app.state, "search", None)
    if index is None:
        raise SearchIsNotReady("The search is being prepared. Try again in a moment.")
    return index


Index = Annotated[SearchIndex, Depends(_index)]

"""What a new network needs before anybody can use it: its agencies, and a token for each."""

from __future__ import annotations

import contextlib

from agencynet import operations
from agencynet.local import Local
from agencynet.system import Progress
from services.directory.agencies.refusals import AgencyExists
from shared.settings import ServiceSettings

_NAME = "local-operator"


async def add_agencies(local: Local, settings: ServiceSettings, progress: Progress) -> None:
    """The nine join, each with a token of the local operator's. Interrupted, it goes on where it was."""
    known = local.tokens()
    for slug, fields in operations.nine_agencies():
        if slug in known:
            continue
        progress(f"Agencies: {fields['name']} joins")
        # It may be there already, on a MongoDB that an earlier run has used.
        with contextlib.suppress(AgencyExists):
            await operations.add_agency(settings, slug, fields)
        token, _ = await operations.create_token(settings, slug, _NAME, operations.ALL_SCOPES)
        local.keep_token(slug, token)
    progress(f"Agencies: ready, {len(local.tokens())} with a token each")

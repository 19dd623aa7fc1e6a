"""The other services beside the directory, for what all of them have to do."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from services.courses.app import SPEC as COURSES
from services.events.app import SPEC as EVENTS
from services.notify.app import spec as notify
from services.portal.app import spec as portal
from services.portal.settings import PortalSettings
from shared.settings import ServiceSettings
from tests.faults.smtp_server import mail_server
from tests.harness import SIGNING_KEY, Running, running
from tests.notify.office import quick


@asynccontextmanager
async def the_others(settings: ServiceSettings, *, but: str = "") -> AsyncIterator[dict[str, Running]]:
    """Ready, all `but` one; their mails come to nobody."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        key = folder / "signing.json"
        key.write_text(json.dumps(SIGNING_KEY.as_dict(private=True)))
        post = await stack.enter_async_context(mail_server())
        specs = {
            "events": EVENTS,
            "courses": COURSES,
            "notify": notify(quick(post, per_domain_second=0)),
            "portal": portal(PortalSettings(url="http://portal.test", key=key)),
        }
        yield {
            name: await stack.enter_async_context(running(spec, settings))
            for name, spec in specs.items()
            if name != but
        }

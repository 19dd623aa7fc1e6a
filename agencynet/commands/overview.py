"""What is shown when all runs: where it is, and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from rich.console import Console

from agencynet.stack.errors import CannotStart

if TYPE_CHECKING:
    from agencynet.system import System

_WHAT = {
    "directory": "people, peers, groups, agencies",
    "events": "meetings, answers, calendars",
    "courses": "courses, seats, cost, savings",
    "notify": "who was told what, templates",
}


async def show_overview(console: Console, system: System) -> None:
    running = system.running
    rows = [
        ("The portal", running.services["portal"], "the network as people see it"),
        ("Kafka", running.kafka, "staff records in, facts out"),
        ("MongoDB", running.mongodb, "one database for each service"),
        ("Mail", running.mail_page or running.smtp, "every mail, to look at"),
        *((name, f"{url}/docs", _WHAT[name]) for name, url in running.services.items() if name in _WHAT),
    ]
    widest = max(len(where) for _, where, _ in rows)
    console.print("\n[bold]What runs where[/]")
    for part, where, what in rows:
        console.print(f"  {part:<11}{where:<{widest}}  [dim]{what}[/]")
    await _show_sign_in(console, system)
    _show_tries(console, system)


async def _show_sign_in(console: Console, system: System) -> None:
    console.print("\n[bold]Sign in[/]")
    if found := await _lone_specialist(system):
        link, name = found
        _try(console, f"As {name}, who is alone in the role at Bolagsverket (once, within 15 minutes)", link)
    _try(console, "As anybody in the directory", ".venv/bin/agencynet login-link <e-mail address>")


async def _lone_specialist(system: System) -> tuple[str, str] | None:
    """A link for somebody for whom the portal has something to say, and their name."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    token = system.local.tokens().get("bolagsverket", "")
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
        answer = await http.get(
            f"{system.urls['directory']}/directory/v1/lone-specialists",
            params={"agency": "bolagsverket", "role": "upphandlare", "limit": 1},
        )
    items = answer.json()["items"] if answer.status_code == 200 else []
    if not items or not items[0]["person"]["email"]:
        return None
    settings, portal = operations.settings(system.local), operations.portal_url(system.local)
    try:
        return await operations.create_login_link(settings, portal, items[0]["person"]["email"])
    except CannotStart:
        return None


def _show_tries(console: Console, system: System) -> None:
    running, tokens = system.running, system.local.tokens()
    console.print("\n[bold]What to try[/]")
    if running.mail_page:
        _try(console, "Read the mail", running.mail_page)
    _try(console, "Play the story again, on new people", "make demo")
    if token := tokens.get("bolagsverket"):
        _try(
            console,
            "Find somebody to call (Bolagsverket's token)",
            f'curl -H "Authorization: Bearer {token}" \\\n'
            f"      '{running.services['directory']}/directory/v1/people?q=inköpare+härnösand'",
        )
        _try(
            console,
            "See who is alone in their role",
            f'curl -H "Authorization: Bearer {token}" \\\n'
            f"      '{running.services['directory']}/directory/v1/lone-specialists'",
        )
    _try(
        console,
        "Be an agency's HR system",
        f"AGENCYNET_KAFKA={running.kafka} .venv/bin/python examples/agency_system.py --agency spv",
    )
    _try(
        console,
        "Give a system a token",
        ".venv/bin/agencynet token create --agency csn --scope directory:read",
    )
    console.print(f"\nLogs are in {system.local.logs}. Ctrl-C stops everything; the data is kept.")


def _try(console: Console, what: str, how: str) -> None:
    console.print(f"  {what}:", markup=False)
    console.print(f"    {how}\n", markup=False, style="cyan")

"""What is shown when all runs: where it is, and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from agencynet.commands.sign_in import guests

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
    console.print("\n[bold]Sign in[/] [dim]by these links, once each, within 15 minutes[/]")
    for guest in await guests(system):
        _try(console, f"{guest.role}: {guest.name} at {guest.agency}, {guest.address}", guest.link)
    _try(
        console,
        "Later, or as anybody else in the directory",
        ".venv/bin/agencynet login-link <e-mail address>",
    )


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

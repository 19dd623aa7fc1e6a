"""`agencynet agency`: another agency joins."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from agencynet.commands.options import HERE, Data, Json
from agencynet.console import err, out, print_json
from agencynet.local import Local
from agencynet.stack.errors import CannotStart

app = typer.Typer(no_args_is_help=True, help="The network's agencies.")
_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@app.callback()
def agency() -> None:
    pass


@app.command("reset-versions")
def reset_versions(
    slug: Annotated[str, typer.Argument(help="The agency's short name.")],
    employees: Annotated[
        list[str] | None, typer.Option("--employee", help="An employee id; give it again for more.")
    ] = None,
    everybody: Annotated[bool, typer.Option(help="Of all its people.")] = False,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Forget versions, when a feed counts from the start again: the next record of each counts."""
    from agencynet import operations  # noqa: PLC0415

    if bool(employees) == everybody:
        raise CannotStart("Whose versions?", "Give --employee, once for each, or --everybody.")
    people = asyncio.run(operations.reset_versions(operations.settings(Local(data)), slug, employees))
    if as_json:
        print_json({"people": people})
        return
    out.print(f"The next record of {people} people counts, whatever its version.", markup=False)


@app.command()
def add(
    slug: Annotated[str, typer.Option(prompt="Short name in addresses (a-z, 0-9, -)")],
    name: Annotated[str, typer.Option(prompt="Name")],
    full_name: Annotated[str, typer.Option(prompt="Full name")],
    name_en: Annotated[str, typer.Option(prompt="Name in English")],
    places: Annotated[str, typer.Option(prompt="Places, with commas between")],
    mail_domain: Annotated[str, typer.Option(prompt="Domain of its mail addresses")],
    protection: Annotated[
        Literal["carried", "left_out", "undeclared"],
        typer.Option(
            prompt="People with protected identity: carried in the feed with their flag, left_out of it, or "
            "undeclared (then everybody is protected)"
        ),
    ] = "undeclared",
    kind: Annotated[str, typer.Option(help="myndighet, lärosäte, …")] = "myndighet",
    coordinator: Annotated[
        str | None, typer.Option(help="Who acts for it: employee id, given name, family name, address.")
    ] = None,
    token: Annotated[bool, typer.Option(help="Make a token for its HR system as well.")] = True,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Let an agency join: it is announced, and gets a topic for its staff. What is not given is asked for."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    if not _SLUG.match(slug):
        raise CannotStart(
            f"“{slug}” can't be used in addresses.", "Use a–z, 0–9 and hyphens, for example spv."
        )
    fields: dict[str, Any] = {
        "name": name,
        "full_name": full_name,
        "name_en": name_en,
        "kind": kind,
        "places": [place.strip() for place in places.split(",") if place.strip()],
        "mail_domain": mail_domain,
        "protection": protection,
    }
    if coordinator is None and sys.stdin.isatty():
        coordinator = typer.prompt(
            "Its coordinator: employee id, given name, family name, address (or empty)", default=""
        )
    first = _coordinator(coordinator or "")
    made = asyncio.run(
        operations.add_agency(operations.settings(Local(data)), slug, fields, first, token=token)
    )
    if as_json:
        print_json({"slug": slug, **fields, "feed_topic": f"staff.{slug}", "token": made})
        return
    out.print(f"{name} has joined. Its systems publish to the topic staff.{slug}.", markup=False)
    if made:
        out.print("The token of its HR system, shown this once:", markup=False)
        out.print(made, markup=False)
    else:
        out.print(
            f"Next: agencynet token create --agency {slug} --scope staff:write --name hr-system", markup=False
        )


def _coordinator(said: str) -> dict[str, str] | None:
    parts = [part.strip() for part in said.split(",")]
    if not any(parts):
        return None
    if len(parts) != 4 or not all(parts):
        raise CannotStart(
            "A coordinator is an employee id, a given name, a family name and an address.",
            "For example: 4711, Åsa, Öberg, asa.oberg@spv.example",
        )
    return dict(zip(("employee_id", "given_name", "family_name", "email"), parts, strict=True))


@app.command()
def leave(
    slug: Annotated[str, typer.Argument(help="The agency that leaves.")],
    archive: Annotated[Path, typer.Option(help="Where all its data goes, a zip file.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before it is taken away here.")] = False,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Give an agency all its data and let it leave: its people are gone from everywhere within minutes."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    if archive.exists():
        raise CannotStart(f"{archive} is there already.", "Give another name, so that nothing is lost.")

    def confirm(job: dict[str, Any]) -> bool:
        said = ", ".join(f"{count} {name}" for name, count in sorted(job["counts"].items()) if count)
        (err if as_json else out).print(f"{archive} has {said or 'no records'}.", markup=False)
        return yes or typer.confirm(f"Take everything of {slug} away here now?", err=as_json)

    job = asyncio.run(operations.leave(operations.settings(Local(data)), slug, archive, confirm))
    if as_json:
        print_json({name: job[name] for name in ("agency", "state", "counts", "size", "sha256")})
    elif job["state"] == "gone":
        out.print(f"{slug} has left.", markup=False)
    else:
        out.print(
            f"{slug} is still here. Say the same again with another file when it is time.", markup=False
        )

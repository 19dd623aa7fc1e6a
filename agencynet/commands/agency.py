"""`agencynet agency`: another agency joins."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any, Literal

import typer

from agencynet.commands.options import HERE, Data, Json
from agencynet.console import out, print_json
from agencynet.local import Local
from agencynet.stack.errors import CannotStart

app = typer.Typer(no_args_is_help=True, help="The network's agencies.")
_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@app.callback()
def agency() -> None:
    pass


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
    asyncio.run(operations.add_agency(operations.settings(Local(data)), slug, fields))
    if as_json:
        print_json({"slug": slug, **fields, "feed_topic": f"staff.{slug}"})
        return
    out.print(f"{name} has joined. Its systems publish to the topic staff.{slug}.", markup=False)
    out.print(
        f"Next: agencynet token create --agency {slug} --scope staff:write --name hr-system", markup=False
    )

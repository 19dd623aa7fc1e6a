"""`agencynet login-link`: sign somebody in whose mail does not arrive, or yourself on this machine."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from agencynet.commands.options import HERE, Data, Json
from agencynet.console import err, out, print_json
from agencynet.local import Local


def login_link(
    address: Annotated[str, typer.Argument(help="The person's e-mail address at work.")],
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Make a link that signs a person in to the portal, once, within 15 minutes."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    local = Local(data)
    link, name = asyncio.run(
        operations.create_login_link(operations.settings(local), operations.portal_url(local), address)
    )
    if as_json:
        print_json({"link": link, "name": name, "expires_in": 900})
        return
    out.print(link, markup=False)
    err.print(f"{name}; good for 15 minutes, and once.", style="dim", markup=False)

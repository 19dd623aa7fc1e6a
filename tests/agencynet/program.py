"""The program as a person calls it."""

import asyncio

from typer.testing import CliRunner, Result

from agencynet.cli import app

AGENCY = {
    "--slug": "nordanstig",
    "--name": "Nordanstig",
    "--full-name": "Nordanstigs kommun",
    "--name-en": "Nordanstig",
    "--places": "Bergsjö, Gnarp",
    "--mail-domain": "nordanstig.example",
    "--protection": "carried",
}
ADD = ["agency", "add", *(word for option in AGENCY.items() for word in option)]


async def agencynet(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))

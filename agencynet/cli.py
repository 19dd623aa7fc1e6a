"""The program `agencynet`."""

from __future__ import annotations

import typer

from agencynet.commands import (
    agency,
    audit,
    demo,
    due,
    importing,
    interruptions,
    leaves,
    login_link,
    parked,
    run,
    serve,
    stack,
    states,
    token,
    topics,
)
from agencynet.console import Plain

app = typer.Typer(
    cls=Plain,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The agency network: run it here, serve its parts, and what an operator does.",
)
app.command()(run.run)
app.command()(stack.stack)
app.command()(serve.serve)
app.command()(demo.demo)
app.command()(login_link.login_link)
app.add_typer(token.app, name="token")
app.add_typer(agency.app, name="agency")
app.add_typer(leaves.app, name="leaves")
app.add_typer(topics.app, name="topics")
app.add_typer(parked.app, name="parked")
app.add_typer(interruptions.app, name="interruptions")
app.add_typer(due.app, name="due")
app.add_typer(audit.app, name="audit")
app.command("import")(importing.import_)
app.command("import-cancel")(importing.cancel)
app.command()(states.republish)
app.command()(states.rebuild)

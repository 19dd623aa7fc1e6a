"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path,
    typer.Option("--data", envvar="AGENCYNET_LOCAL", help="Folder of the local stack's data and keys."),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]
HERE = Path(".local")

"""What is said to the door for files, and what it answers."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.contracts.types import Text
from shared.web.fields import Answer, Body

MOST_TOLD = 100
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV: UTF-8 or Windows-1252; semicolon, comma, tab; at most 64 "
                            "MB, 200 columns, 200 characters a heading and 128,000 bytes a line / CSV: UTF-8 "
                            "eller Windows-1252; semikolon, komma, tabb; högst 64 MB, 200 kolumner, 200 "
                            "tecken i en rubrik och 128 000 byte på en rad",
                        },
                        "dry_run": {
                            "type": "boolean",
                            "default": False,
                            "description": "Only say what would happen / Säg bara vad som skulle hända",
                        },
                        "complete": {
                            "type": "boolean",
                            "default": False,
                            "description": "Everybody is in the file: who is not has left / "
                            "Alla finns i filen: den som saknas har slutat",
                        },
                        "mapping": {
                            "type": "string",
                            "description": "JSON: heading to field, or to null; kept for your next files "
                            "/ JSON: rubrik till fält, eller till null; gäller även era nästa filer",
                            "example": '{"Sign": "employee_id", "Kostnadsställe": null}',
                        },
                    },
                }
            }
        },
    }
}


class Counts(Answer):
    rows: int = Field(description="Read so far / Lästa hittills", examples=[412])
    applied: int = Field(description="New or changed / Nya eller ändrade", examples=[17])
    unchanged: int = Field(description="Known already / Redan kända", examples=[392])
    stale: int = Field(description="Something newer is known / Något nyare är känt", examples=[0])
    refused: int = Field(description="With faults / Med fel", examples=[3])
    held: int = Field(description="Waiting for a yes / Väntar på ett ja", examples=[0])
    left: int = Field(description="Not in the file, so left / Saknas i filen, alltså slutat", examples=[0])


class ImportProblem(Answer):
    row: int = Field(description="As a spreadsheet counts / Som i kalkylbladet", examples=[17])
    column: str = Field(description="The file's own heading / Filens egen rubrik", examples=["Anst.datum"])
    code: str = Field(examples=["not_a_day"])
    reason: str = Field(examples=["is not a day: write it as 2026-11-23"])
    reason_sv: str = Field(examples=["är inget datum: skriv det som 2026-11-23"])


class ImportLine(Answer):
    id: str = Field(examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    state: Literal["waiting", "working", "done", "refused", "cancelled"] = Field(
        description="refused: nothing of the file could be read; cancelled: what was taken in before stays / "
        "refused: inget i filen gick att läsa; cancelled: det som redan lästs in är kvar",
        examples=["working"],
    )
    dry_run: bool = Field(description="Nothing is changed / Inget ändras", examples=[False])
    complete: bool = Field(
        description="Who is not in it has left / Den som saknas har slutat", examples=[False]
    )
    lines: int = Field(description="Lines in the file / Rader i filen", examples=[1_024])
    counts: Counts
    created_at: datetime = Field(examples=["2026-11-23T08:00:00Z"])


class Import(ImportLine):
    columns: dict[str, str] = Field(
        description="Heading to field / Rubrik till fält", examples=[{"Anst.nr": "employee_id"}]
    )
    unused: list[str] = Field(description="Headings without a use / Rubriker utan användning", examples=[[]])
    problems: list[ImportProblem] = Field(
        description="The first hundred; all are in the report / De första hundra; alla finns i rapporten"
    )
    report: str = Field(
        description="All problems as CSV / Alla fel som CSV",
        examples=["/directory/v1/imports/3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59/report"],
    )


class Repetition(Body):
    dry_run: bool = Field(
        default=False,
        description="Only say once more what would happen / Säg bara en gång till vad som skulle hända",
        examples=[False],
    )
    mapping: dict[Text, str | None] | None = Field(
        default=None,
        max_length=MOST_TOLD,
        description="Heading to field, or to null; kept for your next files / Rubrik till fält, eller till "
        "null; gäller även era nästa filer",
        examples=[{"Sign": "employee_id", "Kostnadsställe": None}],
    )

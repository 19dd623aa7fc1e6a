"""What can be wrong with a file, a row or a value, in both languages and without the value itself."""

from typing import NamedTuple


class Fault(NamedTuple):
    """`column` is the file's own heading where there is one; `about` is a number that the text speaks of."""

    code: str
    column: str = ""
    about: int = 0

    def text(self, language: str) -> str:
        return TEXTS[self.code][language == "sv"].format(about=self.about)


TEXTS: dict[str, tuple[str, str]] = {
    "not_text": ("the file is neither UTF-8 nor Windows-1252", "filen är varken UTF-8 eller Windows-1252"),
    "not_csv": (
        "cannot be read: a quotation mark is not closed",
        "kan inte läsas: ett citattecken är inte avslutat",
    ),
    "too_many_columns": (
        "the file has more than {about} columns",
        "filen har fler än {about} kolumner",
    ),
    "heading_too_long": (
        "a heading of the file is longer than {about} characters",
        "en rubrik i filen är längre än {about} tecken",
    ),
    "line_too_long": (
        "a line of the file is longer than {about} bytes",
        "en rad i filen är längre än {about} byte",
    ),
    "no_heading": ("the file has no such column", "filen saknar den kolumnen"),
    "no_rows": ("the file has no rows under its headings", "filen har inga rader under rubrikerna"),
    "too_many_cells": (
        "the row has more values than there are headings; is a separator inside a value not quoted?",
        "raden har fler värden än det finns rubriker; saknas citattecken kring ett värde med skiljetecken?",
    ),
    "missing": ("is missing", "saknas"),
    "too_long": ("is too long", "är för långt"),
    "too_many": ("has too many values", "har för många värden"),
    "bad_characters": (
        "has characters that are not allowed, or ones that were garbled on the way",
        "har tecken som inte är tillåtna, eller som har förvanskats på vägen",
    ),
    "bad_address": ("is not an e-mail address", "är ingen e-postadress"),
    "not_a_day": ("is not a day: write it as 2026-11-23", "är inget datum: skriv det som 2026-11-23"),
    "not_yes_or_no": ("is neither yes nor no", "är varken ja eller nej"),
    "not_a_status": ("is neither active nor left", "är varken aktiv eller slutat"),
    "not_a_language": ("is neither Swedish nor English", "är varken svenska eller engelska"),
    "not_a_name": (
        "is not a given name and a family name",
        "är inte ett förnamn och ett efternamn",
    ),
    "repeated": (
        "the same employee is in row {about} with other values; that row counts",
        "samma anställda finns på rad {about} med andra värden; den raden gäller",
    ),
    "stale": (
        "something newer is known of the employee already",
        "något nyare om den anställda är redan känt",
    ),
    "held": (
        "waits for your coordinator's yes, because many are leaving at once",
        "väntar på er samordnares ja, eftersom många slutar samtidigt",
    ),
    "not_complete": (
        "nobody was taken as having left: {about} rows have no readable employee id",
        "ingen har räknats som slutad: {about} rader saknar läsbart anställningsnummer",
    ),
}

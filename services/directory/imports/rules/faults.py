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
    "other_alphabet": (
        "is neither UTF-8 nor Windows-1252, but perhaps Mac Roman or code page 850: save the file as UTF-8",
        "är varken UTF-8 eller Windows-1252, kanske Mac Roman eller teckentabell 850: spara filen som UTF-8",
    ),
    "two_alphabets": (
        "is written in another character set than the rows before it: save the file as UTF-8",
        "är skriven i en annan teckenuppsättning än andra rader: spara filen som UTF-8",
    ),
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
    "garbled": (
        "has letters that were garbled on the way, such as Bjšrn or BjÃ¶rn",
        "har bokstäver som har förvanskats på vägen, som Bjšrn eller BjÃ¶rn",
    ),
    "failed_cell": (
        "holds a spreadsheet's error, such as #N/A, and no value",
        "innehåller ett fel från kalkylprogrammet, som #SAKNAS!, och inget värde",
    ),
    "rounded": (
        "was rounded by a spreadsheet, such as 1.98E+11: format the column as text",
        "har avrundats av kalkylprogrammet, som 1,98E+11: formatera kolumnen som text",
    ),
    "either_day": (
        "may be either of two days, because the column has days first and months first",
        "kan vara två olika dagar, eftersom kolumnen har både dag och månad först",
    ),
    "nameless": ("has neither a given name nor a family name", "har varken förnamn eller efternamn"),
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
    "somebody_else": (
        "another person works under this employee id: let them leave first, or give this one another id",
        ("någon annan arbetar under numret: låt den personen sluta först, eller ge den nya ett eget nummer"),
    ),
    "nearly_known": (
        (
            "somebody of this name is known under an id that differs by leading zeros only: have zeros been "
            "lost in a spreadsheet?"
        ),
        (
            "någon med samma namn är känd under ett nummer som bara skiljer i inledande nollor: har nollor "
            "försvunnit i ett kalkylprogram?"
        ),
    ),
    "nobody_left": (
        "nobody was taken as having left: {about} rows nearly have the ids of people we know",
        "ingen har räknats som slutad: {about} rader har nästan samma nummer som personer vi känner",
    ),
    "protected_in_force": (
        "protected identity is in force, though the row is refused",
        "skyddad identitet gäller, fast raden inte kunde tas in",
    ),
    "left_in_force": (
        "the leave is in force, though the row is refused",
        "att personen har slutat gäller, fast raden inte kunde tas in",
    ),
    "held": (
        "waits for your coordinator's yes, because many are leaving at once",
        "väntar på er samordnares ja, eftersom många slutar samtidigt",
    ),
    "failed": (
        "we could not take the row in; report it to the network",
        "vi kunde inte läsa in raden; anmäl det till nätverket",
    ),
    "not_complete": (
        "nobody was taken as having left: {about} rows have no readable employee id",
        "ingen har räknats som slutad: {about} rader saknar läsbart anställningsnummer",
    ),
}

"""Why a record was refused, in Swedish. What is kept is English: its sender's system reads it."""

import re

from shared.contracts.text import in_swedish as unfit_in_swedish

_FIELDS = r"(?P<field>(?:[\w.]|\(a field with an odd name\))+)"
_VALID = _FIELDS + " input should be a valid "
_READ: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        # A whole record
        (
            r"version (?P<a>\d+) is older than (?P<b>\d+), which is known already",
            "version {a} är äldre än {b}, som redan är känd",
        ),
        (
            r"version (?P<a>\d+) is known with other content: raise the version",
            "version {a} är känd med annat innehåll: höj versionen",
        ),
        (
            r"the coordinator has said that this person has not left: .*",
            "samordnaren har sagt att personen inte har slutat: skicka posten på nytt med högre version",
        ),
        (
            r"version (?P<a>\d+) is more than a day ahead of the clock and looks like (?P<unit>[a-z ]+): .*",
            "version {a} ligger långt framåt och ser ut som {unit}: skicka en räknare eller millisekunder",
        ),
        (
            r"another person works under this employee id: .*",
            "någon annan arbetar under numret: säg först att den har slutat, eller ge den nya ett eget",
        ),
        (r"protected identity is in force all the same", "skyddad identitet gäller ändå"),
        (r"the leave is in force all the same", "att personen har slutat gäller ändå"),
        (_FIELDS + r" needs a given_name or a family_name", "{field} behöver given_name eller family_name"),
        (r"there is no agency (?P<a>\S+) in the network", "myndigheten {a} finns inte i nätverket"),
        (r"the record is empty", "posten är tom"),
        (r"the record has no key", "posten saknar nyckel"),
        (r"the record's key is not data\.employee_id", "postens nyckel är inte data.employee_id"),
        (r"type is not (?P<a>\S+)", "type är inte {a}"),
        (r"source is not (?P<a>\S+), though .*", "source är inte {a}, fast ämnet är den myndighetens"),
        (r"is not JSON: .*", "är inte JSON"),
        (r"failed with \w+", "kunde inte behandlas: felet är nätverkets"),
        (r"waits behind an earlier one of its key", "väntar på en tidigare post om samma anställda"),
        # A field
        (_FIELDS + " is missing", "{field} saknas"),
        (_FIELDS + " is not a field of this message", "{field} är inget fält i meddelandet"),
        (_FIELDS + " has characters or a form .*", "{field} har tecken eller en form som inte är tillåten"),
        (_VALID + "date.*", "{field} är inget datum: skriv det som 2026-11-23"),
        (_VALID + "(?:string|dictionary|tuple|array|list|number).*", "{field} har fel slags värde"),
        (_VALID + "integer.*", "{field} är inget heltal"),
        (_VALID + "boolean.*", "{field} är varken true eller false"),
        (_FIELDS + " input should be (?P<a>'.*)", "{field} ska vara {a}"),
        (_FIELDS + " input should be (?:greater|less) than.*", "{field} är utanför det som är tillåtet"),
        (
            _FIELDS + " has characters before the @ that mail servers do not take",
            "{field} har tecken före @ som mejlservrar inte tar emot, till exempel å, ä eller ö",
        ),
        (
            _FIELDS + " is no e-mail address before the @",
            "{field} är ingen e-postadress: det som står före @",
        ),
        (_FIELDS + " is no e-mail address", "{field} är ingen e-postadress"),
        (
            _FIELDS + " has a domain that mail can't be sent to",
            "{field} har en domän som det inte går att skicka mejl till",
        ),
        (_FIELDS + " string should have at least 1 character", "{field} är tomt"),
        (_FIELDS + r" string should have at most (?P<a>\d+) characters?", "{field} är längre än {a} tecken"),
        (_FIELDS + r" .*should have at most (?P<a>\d+) items?.*", "{field} har fler än {a} värden"),
    )
)


def in_swedish(reason: str) -> str:
    """Problem by problem; one that there are no words for names its field, or stays in English."""
    return "; ".join(map(_one, reason.split("; ")))


def _one(problem: str) -> str:
    field, _, reason = problem.partition(" ")
    if said := unfit_in_swedish(reason):
        return f"{_word(field)} {said}"
    for pattern, said in _READ:
        if found := pattern.fullmatch(problem):
            return said.format(**{name: _word(text) for name, text in found.groupdict().items()})
    named = re.match(r"[a-z_]+(?:\.\w+)+", problem)
    return f"{named[0]} stämmer inte" if named else problem


_UNITS = {
    "milliseconds of a clock that is wrong": "millisekunder från en klocka som går fel",
    "a date written in digits": "ett datum skrivet med siffror",
    "microseconds": "mikrosekunder",
    "nanoseconds": "nanosekunder",
    "no time in milliseconds": "något annat än millisekunder",
}


def _word(text: str) -> str:
    text = _UNITS.get(text, text)
    said = text.replace("(a field with an odd name)", "ett fält med udda namn")
    return said.replace("' or '", "' eller '")

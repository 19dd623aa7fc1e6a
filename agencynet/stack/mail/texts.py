"""What the page says, in Swedish and English."""

from __future__ import annotations

SWEDISH = {
    "title": "Mejlfångaren",
    "about": "Allt som systemet skickar hamnar här. Ingenting lämnar datorn.",
    "skip": "Hoppa till innehållet",
    "to": "Till",
    "from": "Från",
    "came": "Kom",
    "subject": "Ämne",
    "recipient_contains": "Mottagare",
    "subject_contains": "Ämne",
    "filter": "Visa",
    "clear": "Visa alla",
    "mails": "Mejl, nyaste först",
    "no_subject": "(inget ämne)",
    "none": "Här finns inga mejl ännu.",
    "none_found": "Inga mejl stämmer med det du sökte.",
    "send": "Skicka ett till SMTP-servern på {smtp}, så syns det här när du laddar om sidan.",
    "older": "Äldre",
    "newer": "Nyare",
    "pages": "Bläddra",
    "back": "Alla mejl",
    "calendar_mark": "kalender",
    "parts": "Mejlets delar",
    "html": "Webbvy",
    "text": "Text",
    "calendar": "Kalender",
    "attachments": "Bilagor",
    "headers": "Rubrikfält",
    "frame": "Mejlets innehåll",
    "source": "Källtext",
    "json": "JSON",
    "language": "Språk",
    "meeting": "Vad",
    "begins": "Börjar",
    "ends": "Slutar",
    "place": "Plats",
    "organizer": "Arrangör",
    "method": "Metod",
    "uid": "UID",
    "sequence": "Sekvens",
    "status": "Status",
    "as_written": "Som den är skriven",
    "bytes": "byte",
}

ENGLISH = {
    "title": "Mail catcher",
    "about": "Everything the system sends ends up here. Nothing leaves this computer.",
    "skip": "Skip to the content",
    "to": "To",
    "from": "From",
    "came": "Came",
    "subject": "Subject",
    "recipient_contains": "Recipient",
    "subject_contains": "Subject",
    "filter": "Show",
    "clear": "Show all",
    "mails": "Mail, newest first",
    "no_subject": "(no subject)",
    "none": "There is no mail here yet.",
    "none_found": "No mail matches what you looked for.",
    "send": "Send one to the SMTP server at {smtp} and reload this page to see it.",
    "older": "Older",
    "newer": "Newer",
    "pages": "Pages",
    "back": "All mail",
    "calendar_mark": "calendar",
    "parts": "Parts of the mail",
    "html": "Web view",
    "text": "Text",
    "calendar": "Calendar",
    "attachments": "Attachments",
    "headers": "Headers",
    "frame": "What the mail says",
    "source": "Source",
    "json": "JSON",
    "language": "Language",
    "meeting": "What",
    "begins": "Begins",
    "ends": "Ends",
    "place": "Place",
    "organizer": "Organiser",
    "method": "Method",
    "uid": "UID",
    "sequence": "Sequence",
    "status": "Status",
    "as_written": "As written",
    "bytes": "bytes",
}

TEXTS = {"sv": SWEDISH, "en": ENGLISH}


def language(chosen: str | None, accept_language: str) -> str:
    """`chosen` if we have it, else the first language of the browser's that we have, else Swedish."""
    if chosen in TEXTS:
        return chosen
    wanted = sorted(accept_language.split(","), key=_weight, reverse=True)
    codes = (entry.split(";")[0].strip().split("-")[0].lower() for entry in wanted)
    return next((code for code in codes if code in TEXTS), "sv")


def _weight(entry: str) -> float:
    _, _, weight = entry.partition("q=")
    try:
        return float(weight or 1)
    except ValueError:
        return 0

"""What the service holds on people and agencies, class by class."""

from shared.privacy.classes import COMMON, RecordClass, by, of_agency

CLASSES = (
    *COMMON,
    RecordClass(
        "notifications",
        "notifications",
        "Mejl till personen: vad de gällde och hur det gick",
        "Mails to them: what they were about and what became of them",
        by("person_id"),
        of_agency("agency"),
        special=True,
        hidden=("mime", "secrets", "claim"),
    ),
    RecordClass(
        "mentions",
        "notifications",
        "Mejl till andra där personen nämns",
        "Mails to others that mention them",
        by("mentions"),
        action="unnamed",
        special=True,
        # What others were told is theirs.
        hidden=("mime", "secrets", "claim", "data", "calendar", "address", "person_id", "thread", "mentions"),
    ),
    RecordClass(
        "wrong_addresses",
        "wrong_addresses",
        "Att mejl till personen inte kom fram",
        "That mails did not reach them",
        by("_id"),
        of_agency("agency"),
    ),
    RecordClass(
        "agencies_told",
        "agencies_told",
        "När myndigheten fick veta om fel adresser",
        "When the agency was told of wrong addresses",
        of_agency=of_agency("_id"),
    ),
    RecordClass("preferences", "preferences", "Val av mejl", "Choices about mail", by("_id")),
)
IMPERSONAL = frozenset({"rates"})

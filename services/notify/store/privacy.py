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
    RecordClass("preferences", "preferences", "Val av mejl", "Choices about mail", by("_id")),
)
IMPERSONAL = frozenset({"rates", "timers"})

"""What the portal holds on people, class by class."""

from shared.privacy.classes import COMMON, RecordClass, by

CLASSES = (
    *COMMON,
    RecordClass("sessions", "sessions", "Inloggningar", "Sessions", by("person_id"), hidden=("_id",)),
    RecordClass(
        "links",
        "links",
        "Länkar för att logga in, en timme",
        "Sign-in links, for an hour",
        by("people"),
        hidden=("_id",),
    ),
)
# Hashes that are gone within the hour, and attempts to sign in that have no person yet.
IMPERSONAL = frozenset({"logins", "tries"})

"""Every failpoint, and the services whose processes pass it. tests/architecture holds it to the code."""

from __future__ import annotations

from collections.abc import Mapping

_ANNOUNCING = ("directory", "events", "courses", "notify")
_ALL = (*_ANNOUNCING, "portal")

POINTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "consumer.decoded",
            "consumer.handled",
            "consumer.offsets_due",
            "consumer.offsets_committed",
            "transaction.due",
            "transaction.written",
            "transaction.committed",
        ),
        _ALL,
    ),
    **dict.fromkeys(
        ("relay.read", "relay.sent", "relay.produced", "relay.kept", "relay.deleted"), _ANNOUNCING
    ),
    **dict.fromkeys(("bookings.turn", "bookings.committed"), ("events", "courses")),
    **dict.fromkeys(
        (
            "mail.claimed",
            "mail.prepared",
            "mail.doubted",
            "mail.dotted",
            "mail.accepted",
            "mail.marked",
        ),
        ("notify",),
    ),
    **dict.fromkeys(
        (
            "due.claimed",
            "due.worked",
            "due.done",
            "due.rung",
            "leaver.calendars_revoked",
            "leaver.handed_over",
            "leaver.place_given_up",
        ),
        ("events",),
    ),
    "leaver.seats_given_up": ("courses",),
}

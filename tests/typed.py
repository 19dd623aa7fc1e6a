"""Text as a hostile or clumsy person types it, for every format that we write it into."""

from hypothesis import strategies as st

LINE_ENDS = [
    "\r\n",
    "\n",
    "\r",
    "\v",
    "\f",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "\\n",
    "\\N",
]
SYNTAX = [
    *LINE_ENDS,
    *"\x00\t\\;,:\"'^<>&=+-@ ",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "END:VCALENDAR",
    "END:VCARD",
    "METHOD:CANCEL",
    "UID:another@agencynet",
    "SEQUENCE:99",
    "ATTACH:https://evil.example/",
    "ATTENDEE:mailto:x@evil.example",
    "Bcc: x@evil.example",
    "urn:uuid:2b8a1f6e-1111-5111-8111-000000000009",
    "=cmd()",
]
HOSTILE = st.lists(
    st.one_of(st.sampled_from(SYNTAX), st.text(st.characters(exclude_categories=["Cs"]), max_size=6)),
    max_size=12,
).map("".join)

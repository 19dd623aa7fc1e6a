"""Values of iCalendar that people typed, for the library `icalendar`."""

import re
from urllib.parse import quote

from icalendar import vText, vUri

from shared.formats.contentlines import escaped

_NOT_IN_A_URI = re.compile('[\\x00-\\x20\\x7f-\\xa0\u2028\u2029"<>\\\\^`{|}]')


class Text(vText):
    """The library's own takes a backslash before a capital N for a line break, and keeps U+2028 and its like,
    which other readers split at.
    """

    def to_ical(self) -> bytes:
        return escaped(self).encode()


def uri(address: str) -> vUri:
    """Nothing in it ends the line."""
    return vUri(_NOT_IN_A_URI.sub(lambda found: quote(found[0]), address))

"""Where one can go, and other short lists in the reader's words."""

from collections.abc import Callable

from services.portal.web.words import mark

Say = Callable[[str], str]

_EVERYBODY = (
    ("/", mark("Start")),
    ("/people", mark("Find people")),
    ("/meetings", mark("Meetings")),
    ("/courses", mark("Courses")),
    ("/groups", mark("Groups")),
    ("/questions", mark("Questions")),
    ("/practice", mark("How we do it")),
)
_COORDINATOR = ("/agency", mark("My agency"))
_STEERING = ("/network", mark("The network"))
_MATCHED = {
    "name": mark("Matches the name"),
    "role": mark("Matches the role"),
    "specialty": mark("Matches the specialty"),
    "place": mark("Matches the place"),
    "agency": mark("Matches the agency"),
    "phone": mark("Matches the phone number"),
    "title": mark("Matches the title"),
    "ask_me_about": mark("Is happy to help with it"),
    "assignment": mark("Matches the assignment"),
    "email": mark("Matches the email address"),
    "unit": mark("Matches the unit"),
}


def entries(say: Say, *, coordinator: bool, steering: bool) -> list[tuple[str, str]]:
    """Path and name of what such a reader can go to."""
    shown = [*_EVERYBODY]
    if coordinator:
        shown.append(_COORDINATOR)
    if steering:
        shown.append(_STEERING)
    return [(path, say(name)) for path, name in shown]


def matched(say: Say, where: list[str]) -> list[str]:
    return [say(_MATCHED[one]) for one in where if one in _MATCHED]

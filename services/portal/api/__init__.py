"""One module a page: what it asks, and its template."""

from services.portal.api import (
    agency,
    courses,
    files,
    groups,
    language,
    me,
    meetings,
    network,
    new_meeting,
    people,
    practice,
    questions,
    signing_in,
    start,
)

ROUTERS = (
    files.router,
    language.router,
    signing_in.router,
    start.router,
    people.router,
    meetings.router,
    new_meeting.router,
    courses.router,
    groups.router,
    me.router,
    agency.router,
    network.router,
    questions.router,
    practice.router,
)

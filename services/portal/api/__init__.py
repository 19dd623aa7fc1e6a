"""One module a page: what it asks, and its template."""

from services.portal.api import (
    agency,
    answers,
    confirming,
    courses,
    files,
    groups,
    language,
    me,
    meetings,
    network,
    new_meeting,
    oidc,
    people,
    practice,
    questions,
    signing_in,
    start,
    unsubscribing,
)

ROUTERS = (
    files.router,
    language.router,
    # Before the links, whose secrets stand where its paths go on.
    oidc.router,
    signing_in.router,
    answers.router,
    unsubscribing.router,
    confirming.router,
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

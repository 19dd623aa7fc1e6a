"""One module a page: what it asks, and its template."""

from services.portal.api import files, language, people, signing_in, start

ROUTERS = (
    files.router,
    language.router,
    signing_in.router,
    start.router,
    people.router,
)

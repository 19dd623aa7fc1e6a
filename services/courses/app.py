"""The courses service, put together."""

from services.courses import upgrade, worker
from services.courses.api import ROUTERS
from services.courses.consumers import SUBSCRIPTIONS
from services.courses.handlers.erasing import holdings
from services.courses.models.documents import Enrolment, Occasion, Settlement
from services.courses.store import INDEXES
from shared.consuming.states import Source, from_document
from shared.contracts import courses as published
from shared.contracts.topics import COURSES_ENROLMENTS, COURSES_OCCASIONS, COURSES_SETTLEMENTS
from shared.mongo import Document
from shared.privacy.texts import Texts
from shared.privacy.worker import answering
from shared.service import Spec
from shared.web import audit_entries


def _occasion(document: Document) -> published.Occasion:
    return from_document(Occasion, document).published()


def _enrolment(document: Document) -> published.Enrolment:
    return from_document(Enrolment, document).published()


def _settlement(document: Document) -> published.Settlement:
    return from_document(Settlement, document).published()


SOURCES = (
    Source(COURSES_OCCASIONS, "occasions", _occasion),
    Source(COURSES_ENROLMENTS, "enrolments", _enrolment),
    Source(COURSES_SETTLEMENTS, "settlements", _settlement),
)
TEXTS = (
    Texts("courses", "course", ("title", "title_en", "description")),
    Texts("occasions", "occasion", ("title", "title_en", "place"), SOURCES[0]),
    Texts("baselines", "baseline", ("basis",)),
)

SPEC = Spec(
    name="courses",
    description="Courses, seats, cost shares and savings. / Kurser, platser, kostnader och besparingar.",
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    routers=(*ROUTERS, audit_entries.router("courses", "courses:read")),
    sources=SOURCES,
    workers={"privacy": answering(holdings(TEXTS))},
    due=lambda _service: worker.KINDS,
    upgrade=(upgrade.upgrade,),
)

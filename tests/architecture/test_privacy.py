"""O1: every collection of every service is classed, so that an export or an erasure can forget none."""

import pytest

from services.courses.app import SPEC as COURSES
from services.courses.store import privacy as courses
from services.directory.app import SPEC as DIRECTORY
from services.directory.privacy.store import records
from services.events.app import SPEC as EVENTS
from services.events.store import privacy as events
from services.notify.app import SPEC as NOTIFY
from services.notify.store import privacy as notify
from services.portal.app import SPEC as PORTAL
from services.portal.store import privacy as portal
from shared.privacy.classes import MACHINERY, RecordClass
from shared.service import Service, Spec
from shared.settings import ServiceSettings

TABLES = [(EVENTS, events), (COURSES, courses), (NOTIFY, notify), (PORTAL, portal)]


def collections(spec: Spec) -> set[str]:
    return set(Service(spec, ServiceSettings()).indexes)


@pytest.mark.parametrize(("spec", "table"), TABLES, ids=lambda value: getattr(value, "name", ""))
def test_every_collection_has_a_class_or_a_reason_to_have_none(spec: Spec, table: object) -> None:
    classed = {each.collection for each in table.CLASSES}  # pyright: ignore[reportAttributeAccessIssue]
    without = table.IMPERSONAL | MACHINERY  # pyright: ignore[reportAttributeAccessIssue]
    assert not classed & without
    assert collections(spec) == classed | (without & collections(spec)), "each is in the one or the other"


def test_the_directory_s_are_too_with_those_that_all_services_have() -> None:
    classed = {each.collection for each in records.CLASSES}
    common = MACHINERY | {"parked", "idempotency"}
    assert collections(DIRECTORY) - classed - records.IMPERSONAL - records.SHORT_LIVED <= common


@pytest.mark.parametrize(("spec", "table"), TABLES, ids=lambda value: getattr(value, "name", ""))
def test_every_class_is_in_both_languages_and_found_by_somebody(spec: Spec, table: object) -> None:
    classes: tuple[RecordClass, ...] = table.CLASSES  # pyright: ignore[reportAttributeAccessIssue]
    assert len({each.name for each in classes}) == len(classes)
    for each in classes:
        assert each.sv != each.en or each.name == "links"
        assert each.of or each.of_agency
        assert each.special or each.action != "anonymous", f"{each.name}: the table can't make it anonymous"
        assert (each.unname is not None) == (each.action == "unnamed") or each.special

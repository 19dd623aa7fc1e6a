"""What services keep of each other's entities."""

import pytest

from agencynet.local import SERVICES
from shared.consuming.rebuild import copies
from shared.contracts.directory import Person
from shared.contracts.topics import DIRECTORY_PEOPLE
from tests.faults.checks import spec


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_state_a_service_follows_it_can_rebuild(service: str) -> None:
    subscriptions = spec(service).subscriptions
    followed = [one.topic for one in subscriptions if one.topic and one.topic.kind == "state"]
    assert [copy.topic for copy in copies(subscriptions)] == followed


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_kept_of_a_person_is_called_and_typed_as_it_is_announced(service: str) -> None:
    announced = Person.model_fields
    for copy in copies(spec(service).subscriptions):
        if copy.topic is DIRECTORY_PEOPLE:
            for name, field in copy.model.model_fields.items():
                assert field.annotation == announced[name].annotation, name
                assert field.metadata == announced[name].metadata, name
                assert field.default == announced[name].default, name

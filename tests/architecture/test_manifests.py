"""Kafka's topics, users and rules and the services on Kubernetes are written from the code, and kept so."""

import pytest

from agencynet.manifests import FOLDER, files


@pytest.mark.parametrize("name", files())
def test_what_follows_from_the_code_is_as_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text() == files()[name], "run `make deploy`"

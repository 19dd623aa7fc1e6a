"""What a process of the portal that takes over has to read first."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.parts

_TAKING_OVER = """
import sys

import pytest
from services.portal.app import SPEC
from services.portal.settings import PortalSettings
from services.portal.web import client, words
SPEC.warm()
before, trusted, said = set(sys.modules), client.trusted(), words.load()
client.Services(PortalSettings())
print(sorted(set(sys.modules) - before), trusted is client.trusted(), said is words.load())
"""


def test_who_takes_over_loads_no_module_no_certificates_and_no_words_anew() -> None:
    done = subprocess.run([sys.executable, "-c", _TAKING_OVER], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True True"

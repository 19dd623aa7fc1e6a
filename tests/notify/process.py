"""The notify service as a process of its own, to be killed: settings come from the environment."""

import sys

from services.notify.app import spec
from services.notify.settings import NotifySettings
from shared.service import serve
from shared.settings import ServiceSettings

if __name__ == "__main__":
    sys.exit(serve(spec(NotifySettings()), ServiceSettings(), port=0))

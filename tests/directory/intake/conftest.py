from tests.directory.scim.conftest import network

__all__ = ["network"]

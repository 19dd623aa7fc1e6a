from shared.settings import ServiceSettings


class DirectorySettings(ServiceSettings):
    """Nothing of its own yet that an operator should have to decide."""

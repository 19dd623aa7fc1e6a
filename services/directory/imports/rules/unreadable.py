class Unreadable(Exception):  # noqa: N818
    """The value is none of what its column may hold; the argument is the fault's code."""

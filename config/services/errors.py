"""What can go wrong when an embedded service starts, in words for the person at the terminal."""


class ServiceError(Exception):
    """The message is one line, fit to be shown as it is."""

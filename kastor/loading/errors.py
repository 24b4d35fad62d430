"""What can go wrong between files and twin, besides the errors of formats and store."""


class LoadingError(Exception):
    """What was asked cannot be done with what is there; the message says what to do first."""

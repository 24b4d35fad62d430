"""Why a process cannot run, in words for whoever asked for it."""

from __future__ import annotations

from kastor.process.words import Words


class ProcessError(Exception):
    """
    A process cannot run like this; the message names the value and what to do.

    Parameters
    ----------
    en, de
        The same sentence; English where there is no German one.
    """

    def __init__(self, en: str, de: str = "") -> None:
        super().__init__(en)
        self.words: Words = {"de": de or en, "en": en}


class InvalidInput(ProcessError):
    """A parameter is unknown, missing or does not fit."""


class MissingData(ProcessError):
    """The site lacks what the process needs."""


class TooMuch(ProcessError):
    """More is asked for than the process takes or the machine holds."""


class WrongResult(ProcessError):
    """A process gave something it had not declared, or in another unit; its author has to mend it."""

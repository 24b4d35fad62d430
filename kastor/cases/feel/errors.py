"""What goes wrong with an expression before or while it is computed."""

from __future__ import annotations


class FeelError(ValueError):
    """An expression cannot be read, or would take more time or memory than one expression may.

    What FEEL itself calls an error (adding a number to a date, say) is no exception: its value is null.
    """

    def __init__(self, message: str, text: str = "", position: int = 0) -> None:
        where = f" (at character {position + 1} of {_short(text)!r})" if text else ""
        super().__init__(message + where)
        self.reason = message
        self.text = text
        self.position = position


class LimitError(FeelError):
    """The computation was stopped: too many steps, too long a list or text, or too deep."""


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."

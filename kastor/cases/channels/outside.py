"""What goes wrong when something is sent: for now, or for good."""

from __future__ import annotations

from datetime import datetime


class NotNow(Exception):
    """
    It did not work, and may work later.

    Parameters
    ----------
    text
        Why.
    until
        Not before then; None to leave it to who asks.
    """

    def __init__(self, text: str, until: datetime | None = None) -> None:
        super().__init__(text)
        self.until = until


class Never(Exception):
    """It will not work however often it is tried; a person has to look."""

"""What goes wrong with a model of decisions."""

from __future__ import annotations


class DmnError(ValueError):
    """A file is no model of decisions, or a decision asked for is not in it; the message says what to do."""

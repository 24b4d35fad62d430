"""What can be wrong with a whole file; what is wrong with single objects goes into the report."""

from __future__ import annotations

from pathlib import Path


class FormatError(Exception):
    """
    A file that cannot be read, or not be read safely.

    Parameters
    ----------
    file
        Name of the file, or of the file inside an archive.
    problem
        What is wrong, with the value and the allowed range.
    cure
        What to do next.
    """

    def __init__(self, file: str | Path, problem: str, cure: str) -> None:
        self.file = Path(file).name if isinstance(file, Path) else file
        self.problem = problem
        self.cure = cure
        super().__init__(f"{self.file}: {problem} {cure}")


class UnknownCrs(FormatError):
    """A coordinate reference system nobody can resolve, or coordinates that do not fit it."""


class NoData(FormatError):
    """A readable file without anything for a city in it, such as a table without coordinates."""

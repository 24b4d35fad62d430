"""The open rows of one tenant, in whichever store they are: reading and writing.

Two stores keep rows, ``sqlite.py`` and ``postgres.py``; which one has those of a tenant is told by
``stores.py``. The tables and nearly all SQL are the same. Where a hot query differs, its two
wordings stand beside each other under the names of the stores, to be chosen by ``dialect``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from sqlalchemy import Connection, Engine, RootTransaction

from kastor.store import audit
from kastor.store.errors import ReadOnly, database_errors, store_errors
from kastor.store.visibility import ALL, States

Wordings = dict[str, str]
"""One query for each store, by its dialect."""


class Rows(Protocol):
    """Rows a query has found."""

    def fetchone(self) -> Any:
        """The next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """All further rows."""

    def __iter__(self) -> Iterator[Any]:
        """One row after the other."""


class Reader(Protocol):
    """Asks named SQL, with ``?`` for each value."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Rows of a query."""


class Database(ABC):
    """
    The open rows of one tenant; any number of threads may read while one writes.

    Parameters
    ----------
    directory
        The tenant's directory.
    engine
        Connections to its rows.
    states
        Datasets of these states are in sight; unless it is all of them, nothing can be written.
    """

    dialect: ClassVar[str]
    """``sqlite`` or ``postgresql``."""

    def __init__(self, directory: Path, engine: Engine, states: States = ALL) -> None:
        self.directory = directory
        self.engine = engine
        self.states = states

    @abstractmethod
    def reader(self) -> Reader:
        """For named SQL where every microsecond counts; each query sees the newest state."""

    @abstractmethod
    def lock(self, connection: Connection, wait: float) -> RootTransaction:
        """Begin a transaction that holds the only write lock, had within ``wait`` seconds."""

    @abstractmethod
    def written(self, connection: Connection) -> None:
        """Tidy up after a committed change."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the twin until it is given back."""
        with (
            database_errors("The tenant cannot be read", self.directory),
            self.engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(self, what: str, wait: float = 10.0) -> Iterator[Connection]:
        """
        A transaction that holds the tenant's only write lock; committed at the end, undone on an error.

        Parameters
        ----------
        what
            Beginning of the error message.
        wait
            How long to wait for somebody else's write. [s]

        Raises
        ------
        TenantBusy
            When the lock is not free in time.
        ReadOnly
            When not all datasets are in sight.
        """
        if self.states != ALL:
            raise ReadOnly(f"{what}: only a part of it is in sight here, which can be read but not changed.")
        with database_errors(what, self.directory), self.engine.connect() as connection:
            # what an undone transaction left behind does not count
            connection.info.pop(audit.HEADS, None)
            with self.lock(connection, wait):
                yield connection
            head = connection.info.pop(audit.HEADS, None)
            self.written(connection)
        if head is not None:
            with store_errors("The head of the audit log cannot be written down", self.directory):
                audit.keep_head(self.directory, head)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

"""The open rows of one tenant, in whichever store they are: reading and writing.

Two stores keep rows, ``sqlite.py`` and ``postgres.py``; which one has those of a tenant is told by
``stores.py``. The tables and nearly all SQL are the same. Where a hot query differs, its two
wordings stand beside each other under the names of the stores, to be chosen by ``dialect``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from sqlalchemy import Connection, Engine, RootTransaction

from kastor.store import audit
from kastor.store.errors import ReadOnly, TenantMoved, database_errors, store_errors
from kastor.store.visibility import ALL, States


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


@dataclass(frozen=True)
class Statements:
    """
    Named SQL inside a transaction that writes, with ``?`` for each value.

    Parameters
    ----------
    execute
        A statement with its values; gives :class:`Rows`.
    executemany
        A statement with the values of each time it is run.
    insert
        New rows: table, names of columns, rows.
    """

    execute: Callable[..., Any]
    executemany: Callable[[str, Sequence[Sequence[Any]]], Any]
    insert: Callable[[str, Sequence[str], Iterable[Sequence[Any]]], None]


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
    def statements(self, connection: Connection) -> Statements:
        """Named SQL inside the transaction of a connection."""

    @abstractmethod
    def is_here(self) -> bool:
        """Whether the rows still are where they were opened."""

    @abstractmethod
    def revision(self) -> str:
        """The migration the tables are at; empty when there are none."""

    @abstractmethod
    def backup(self, file: Path) -> None:
        """A consistent copy as an SQLite file, also while others write."""

    @abstractmethod
    def written(self, connection: Connection) -> None:
        """Tidy up after a committed change."""

    @abstractmethod
    def forget(self) -> None:
        """Overwrite what was deleted, so that it can be read from the files of the store no more."""

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
        TenantMoved
            When the rows have gone to the other store since they were opened.
        """
        if self.states != ALL:
            raise ReadOnly(f"{what}: only a part of it is in sight here, which can be read but not changed.")
        with database_errors(what, self.directory), self.engine.connect() as connection:
            # what an undone transaction left behind does not count
            connection.info.pop(audit.HEADS, None)
            with self.lock(connection, wait):
                if not self.is_here():
                    raise TenantMoved(f"{what}: the tenant was moved to another store meanwhile. Try again.")
                yield connection
            head = connection.info.pop(audit.HEADS, None)
            self.written(connection)
        if head is not None:
            with store_errors("The head of the audit log cannot be written down", self.directory):
                audit.keep_head(self.directory, head)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

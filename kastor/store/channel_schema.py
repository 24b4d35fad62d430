"""The tables of the ways in and out: settings, what came in and is not worked on yet, threads, what is published.

What came in lies in ``channel_inbox`` only until it is worked on; then its content goes and its key stays, so that the
same thing again is known. Addresses and subjects of a thread are sealed with the key of its case, and unreadable when
that is erased. Names by which threads are found stand as hashes.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, Table, Text

from kastor.store.metadata import METADATA

channels = Table(
    "channels",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("settings", JSON, nullable=False),
    Column("changed", Text, nullable=False),
    Column("who", Text, nullable=False),
)

channel_inbox = Table(
    "channel_inbox",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
Index("channel_inbox_by_state", channel_inbox.c.state, channel_inbox.c.due)
Index("channel_inbox_by_sender", channel_inbox.c.channel, channel_inbox.c.sender, channel_inbox.c.at)

channel_threads = Table(
    "channel_threads",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("thread", Text, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
Index("channel_threads_by_case", channel_threads.c.case)

channel_names = Table(
    "channel_names",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("thread", Text, nullable=False),
    Column("at", Text, nullable=False),
)

publications = Table(
    "publications",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("description", Text, nullable=False),
    Column("photos", JSON, nullable=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
)

"""The tables of craftsmen: who there is, what was ordered from whom, and who comes when; and other systems told of it.

What an order says is sealed with the key of its case. An appointment has the place of its case, for the way there; it
goes when the case is erased.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text

from kastor.store.metadata import METADATA

craftsmen = Table(
    "craftsmen",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("mail", Text, nullable=False),
    Column("trades", JSON, nullable=False),
    Column("areas", JSON, nullable=False),
    Column("hours", Text, nullable=False),
    Column("absences", JSON, nullable=False),
    Column("contract", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("active", Boolean, nullable=False),
    Column("changed", Text, nullable=False),
)

craft_orders = Table(
    "craft_orders",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("craftsman", Text, nullable=False),
    Column("trade", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("latest", Text),
    Column("sealed", LargeBinary, nullable=False),
)
Index("craft_orders_by_case", craft_orders.c.case, craft_orders.c.made)
Index("craft_orders_by_link", craft_orders.c.link, unique=True)
Index("craft_orders_by_craftsman", craft_orders.c.craftsman, craft_orders.c.state)

appointments = Table(
    "appointments",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("order", Text, nullable=False),
    Column("craftsman", Text, nullable=False),
    Column("begins", Text, nullable=False),
    Column("ends", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("held_until", Text),
    Column("latest", Text),
    Column("confirmed", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
)
Index("appointments_by_craftsman", appointments.c.craftsman, appointments.c.state, appointments.c.begins)
Index("appointments_by_case", appointments.c.case)

connections = Table(
    "connections",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("settings", JSON, nullable=False),
    Column("changed", Text, nullable=False),
    Column("who", Text, nullable=False),
)

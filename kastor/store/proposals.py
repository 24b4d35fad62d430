"""Four eyes: where a dataset asks for it, a correction waits until a second person accepts or declines it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from kastor.city.model import City, empty_city
from kastor.store import blocks
from kastor.store.changes import Change, change
from kastor.store.database import Database
from kastor.store.datasets import dataset_key, next_revision, save_revision
from kastor.store.edits import Deed, Edit, Wanted, checked, found_dataset, perform
from kastor.store.errors import NotOpen, SamePerson, UnknownProposal, store_errors
from kastor.store.families import current, lock, row_of, unknown
from kastor.store.moments import now
from kastor.store.schema import datasets, four_eyes, proposals

OPEN, ACCEPTED, DECLINED = "open", "accepted", "declined"

EVERY = 0
"""Stands in the table of rules for every dataset, those to come as well; no dataset has this number."""


@dataclass(frozen=True)
class FourEyes:
    """
    Whose corrections a second person decides.

    Parameters
    ----------
    everywhere
        Those of every dataset, also of those to come.
    datasets
        Ids of the datasets that have the rule themselves.
    """

    everywhere: bool
    datasets: frozenset[str]

    def bind(self, dataset: str) -> bool:
        """Whether the rule holds for a dataset."""
        return self.everywhere or dataset in self.datasets


@dataclass(frozen=True, eq=False)
class Proposal:
    """
    A correction that waits for a second person, or did.

    Parameters
    ----------
    number
        Its number in the tenant.
    state
        ``open``, ``accepted`` or ``declined``.
    at, who, note
        When it was made (ISO 8601), by whom, why.
    wanted
        What is wanted.
    decided_at, decided_by, decision_note
        The decision; empty while it is open.
    """

    number: int
    state: str
    at: str
    who: str
    note: str
    wanted: Wanted
    decided_at: str
    decided_by: str
    decision_note: str


def rules(database: Database) -> FourEyes:
    """Whose corrections a second person decides; see ``Tenant.four_eyes``."""
    with database.read() as connection:
        named = connection.execute(select(datasets.c.id).join(four_eyes, four_eyes.c.dataset == datasets.c.key))
        return FourEyes(_has(connection, EVERY), frozenset(named.scalars()))


def set_four_eyes(database: Database, dataset: str, wanted: bool, who: str) -> None:
    """Make the rule for a dataset, or end it; see ``Tenant.set_four_eyes``."""
    with database.write(f"The rules of dataset {dataset} cannot be changed") as connection:
        _set(connection, dataset_key(connection, dataset), wanted, dataset, who)


def set_four_eyes_everywhere(database: Database, wanted: bool, who: str) -> None:
    """Make the rule for every dataset, or end it; see ``Tenant.set_four_eyes_everywhere``."""
    with database.write("The rule cannot be changed") as connection:
        _set(connection, EVERY, wanted, "", who)


def _set(connection: Connection, key: int, wanted: bool, subject: str, who: str) -> None:
    if _has(connection, key) == wanted:
        return
    if wanted:
        connection.execute(insert(four_eyes).values(dataset=key))
    else:
        connection.execute(delete(four_eyes).where(four_eyes.c.dataset == key))
    save_revision(connection, next_revision(connection), now(), "rule", subject, who, "", {"four_eyes": wanted})


def _has(connection: Connection, key: int) -> bool:
    return connection.execute(select(four_eyes).where(four_eyes.c.dataset == key)).first() is not None


def submit(database: Database, crs: str, wanted: Wanted, who: str, note: str) -> Edit | Proposal:
    """Make a correction, or propose it where the rule of the dataset says so; see ``Tenant.submit``."""
    (done,) = submit_all(database, crs, [wanted], who, note)
    return done


def submit_all(database: Database, crs: str, wishes: Sequence[Wanted], who: str, note: str) -> list[Edit | Proposal]:
    """Make or propose several corrections, one after the other: all of them or none; see ``Tenant.submit``."""
    what = f"Object {wishes[0].object} cannot be changed" if len(wishes) == 1 else "The objects cannot be changed"
    done: list[Edit | Proposal] = []
    with change(database, what) as begun, store_errors(what, database.directory):
        for wanted in wishes:
            if done:
                begun.revision = next_revision(begun.connection)
            done.append(_submitted(begun, crs, wanted, who, note))
    return done


def _submitted(begun: Change, crs: str, wanted: Wanted, who: str, note: str) -> Edit | Proposal:
    dataset = _dataset_of(begun, wanted)
    bound = _has(begun.connection, EVERY) or (dataset is not None and _has(begun.connection, dataset))
    if not bound:
        return perform(begun, crs, wanted, who, note)
    _possible(begun, crs, wanted)
    if dataset is None:
        dataset = found_dataset(begun, wanted)
    made = begun.connection.execute(
        insert(proposals).values(
            state=OPEN, at=begun.at, who=who, note=note, dataset=dataset, object=wanted.object, what=wanted.what,
            wanted=_as_json(wanted), city=_packed(wanted.city), decided_at="", decided_by="", decision_note="",
        )
    )  # fmt: skip
    assert made.inserted_primary_key is not None
    number = int(made.inserted_primary_key[0])
    save_revision(begun.connection, begun.revision, begun.at, "propose", wanted.object, who, note, {"proposal": number})
    return _proposal(_row(begun.connection, number))


def all_proposals(database: Database, state: str | None) -> list[Proposal]:
    """Proposals, newest first; see ``Tenant.proposals``."""
    chosen = [proposals.c.state == state] if state else []
    statement = _SELECT.where(*chosen).order_by(proposals.c.key.desc()).limit(1000)
    with database.read() as connection:
        return [_proposal(row) for row in connection.execute(statement).mappings()]


def accept(database: Database, crs: str, number: int, who: str, note: str) -> Edit:
    """Make a proposed correction; see ``Tenant.accept``."""
    what = f"Proposal {number} cannot be accepted"
    with change(database, what) as begun, store_errors(what, database.directory):
        found = _to_decide(begun.connection, number, who)
        _decide(begun.connection, number, ACCEPTED, begun.at, who, note)
        # the history names who saw the mistake; who accepted it stands in the proposal and in the audit log
        return perform(begun, crs, found.wanted, found.who, found.note)


def decline(database: Database, number: int, who: str, note: str) -> None:
    """Turn a proposed correction down; see ``Tenant.decline``."""
    with database.write(f"Proposal {number} cannot be declined") as connection:
        _to_decide(connection, number, None)
        at = now()
        _decide(connection, number, DECLINED, at, who, note)
        save_revision(
            connection, next_revision(connection), at, "decline", str(number), who, note, {"proposal": number}
        )


def _dataset_of(begun: Change, wanted: Wanted) -> int | None:
    """Number of the dataset a correction is about; None for one that is not there yet."""
    if wanted.what == "add":
        name = wanted.new.id if wanted.new else wanted.dataset
        found = begun.connection.execute(select(datasets.c.key).where(datasets.c.id == name)).scalar()
        return None if found is None else int(found)
    row = row_of(begun, wanted.object, wanted.dataset)
    if row is None:
        raise unknown(wanted.object, wanted.dataset)
    return row.dataset


def _possible(begun: Change, crs: str, wanted: Wanted) -> None:
    """Refuse what could not be accepted either."""
    if wanted.what in ("add", "replace"):
        checked(wanted.city, crs, wanted.object)
    if wanted.what in ("edit", "replace", "end"):
        current(begun, wanted.object, wanted.dataset, wanted.if_version)
    elif wanted.what != "add":
        row = row_of(begun, wanted.object, wanted.dataset)
        assert row is not None
        lock(row, wanted.if_version)


def _to_decide(connection: Connection, number: int, who: str | None) -> Proposal:
    found = _proposal(_row(connection, number))
    if found.state != OPEN:
        raise NotOpen(f"Proposal {number} was {found.state} already on {found.decided_at[:10]}.")
    if who is not None and who == found.who:
        raise SamePerson(f"Proposal {number} was made by you; somebody else has to accept it.")
    return found


def _decide(connection: Connection, number: int, state: str, at: str, who: str, note: str) -> None:
    connection.execute(
        update(proposals)
        .where(proposals.c.key == number)
        .values(state=state, decided_at=at, decided_by=who, decision_note=note)
    )


_SELECT = select(proposals, datasets.c.id.label("dataset_id")).join(datasets, datasets.c.key == proposals.c.dataset)


def _row(connection: Connection, number: int) -> Mapping[Any, Any]:
    row = connection.execute(_SELECT.where(proposals.c.key == number)).mappings().first()
    if row is None:
        raise UnknownProposal(f"There is no proposal {number}; the list of proposals names them all.")
    return row


def _proposal(row: Mapping[Any, Any]) -> Proposal:
    content = row["wanted"]
    deed: Deed = row["what"]
    assert deed in get_args(Deed)
    city = blocks.unpack(bytes(row["city"]), f"proposal {row['key']}")
    wanted = Wanted(
        deed, row["object"], row["dataset_id"], content["attributes"], city if len(city) else None,
        content["version"], content["if_version"],
    )  # fmt: skip
    return Proposal(
        row["key"], row["state"], row["at"], row["who"], row["note"], wanted,
        row["decided_at"], row["decided_by"], row["decision_note"],
    )  # fmt: skip


def _as_json(wanted: Wanted) -> dict[str, Any]:
    content = {"attributes": dict(wanted.attributes), "version": wanted.version, "if_version": wanted.if_version}
    found: dict[str, Any] = orjson.loads(orjson.dumps(content))
    return found


def _packed(city: City | None) -> bytes:
    return blocks.pack(empty_city() if city is None else city)

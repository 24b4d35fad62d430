"""Taking a whole dataset out of the twin; its history stays."""

from __future__ import annotations

from sqlalchemy import update

from kastor.store import ground, statistics
from kastor.store.changes import change, rebuild_cell
from kastor.store.database import Database
from kastor.store.datasets import dataset_key, save_revision
from kastor.store.errors import store_errors
from kastor.store.loads import LoadResult
from kastor.store.pieces import Cell
from kastor.store.schema import datasets
from kastor.store.writing import RowWriter

CURRENT_OF = (
    "SELECT key, version_key, words, cell_column, cell_row FROM objects"
    " WHERE dataset = ? AND part = ? AND ended IS NULL LIMIT 20000"
)
PARTS_OF = "SELECT key FROM parts WHERE dataset = ?"


def end_dataset(database: Database, dataset: str, who: str, note: str) -> LoadResult:
    """End all objects of a dataset; see ``Tenant.end_dataset``."""
    what = f"Dataset {dataset} cannot be ended"
    with change(database, what) as begun, store_errors(what, database.directory):
        key = dataset_key(begun.connection, dataset)
        writer = RowWriter(begun, key)
        dirty: set[Cell] = set()
        boxes = []
        ended = 0
        for (part,) in begun.execute(PARTS_OF, (key,)).fetchall():
            while gone := begun.execute(CURRENT_OF, (key, part)).fetchall():
                writer.end([(k, version, words) for k, version, words, _, _ in gone])
                dirty.update((column, row) for _, _, _, column, row in gone)
                ended += len(gone)
            boxes += ground.replace(begun, part, [])
        ended += statistics.end(begun.connection, key, begun.revision)
        cells = [cell for cell in sorted(dirty) if rebuild_cell(begun, key, cell, [])]
        begun.connection.execute(update(datasets).where(datasets.c.key == key).values(kinds={}, ended=begun.revision))
        save_revision(begun.connection, begun.revision, begun.at, "end", dataset, who, note or dataset)
        return LoadResult(begun.revision, 0, 0, 0, ended, 0, 0, {}, cells, boxes, "")

"""A collection of very many small houses, rows only, and questions to it: store_features.py HOME COUNT."""

import base64
import json
import random
import resource
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import shapely

from kastor.city.model import Kind
from kastor.store import Dataset, create_tenant, features, filters, queryables

CRS, EAST, NORTH, STEP, TOGETHER = "EPSG:25832+7837", 300000.0, 5600000.0, 25.0, 100_000
home, count = Path(sys.argv[1]), int(sys.argv[2])
side = int(np.ceil(np.sqrt(count)))


def rows(connection, first, last):
    """Objects on a grid of 25 m, with outlines, boxes and blocks as a load leaves them; all but their surfaces."""
    i = np.arange(first, last)
    # by squares of cells, as official data come, file by file
    x, y = EAST + STEP * (i % side), NORTH + STEP * (i // side)
    shapes = shapely.box(x, y, x + 10, y + 10)
    wkb = shapely.to_wkb(shapes).tolist()
    text = shapely.to_geojson(shapely.transform(shapes, lambda xy: xy / 1e5)).tolist()
    heights = (3.0 + (i * 7919 % 977) / 20.0).tolist()
    cells = np.floor(np.column_stack([x + 5, y + 5]) / 500).astype(int).tolist()
    values = zip((i + 1).tolist(), x.tolist(), y.tolist(), heights, cells, strict=True)
    connection.executemany(
        "INSERT INTO objects (key, dataset, id, part, seen, source_hash, edited, version, version_key, findings,"
        " cell_column, cell_row, kind, parent, part_count, label, label_key, detail, words, west, south, low, east,"
        " north, high, height, storeys, function, function_group, roof, year, area, date)"
        " VALUES (?, 1, ?, 1, 1, x'00', 0, 1, ?, 0, ?, ?, 1, NULL, 0, '', '', '', '', ?, ?, 50, ?, ?, 60, ?, 2,"
        " '31001_1010', 0, 1000, 1960, 100, '2026-01-01')",
        ((k, f"H{k:09d}", k, c, r, e, n, e + 10, n + 10, h) for k, e, n, h, (c, r) in values),
    )
    connection.executemany(
        "INSERT INTO boxes (key, west, east, south, north, kind) VALUES (?, ?, ?, ?, ?, 1)",
        zip((i + 1).tolist(), x.tolist(), (x + 10).tolist(), y.tolist(), (y + 10).tolist(), strict=True),
    )
    head = b'{"type":"Feature","id":"H%09d","properties":{"label":"","height":%f,"date":"2026-01-01"},"geometry":'
    connection.executemany(
        "INSERT INTO features (key, dataset, block, version, geometry, head, degrees) VALUES (?, 1, 1, 1, ?, ?, ?)",
        ((k, w, head % (k, h), t.encode()) for k, w, h, t in zip((i + 1).tolist(), wkb, heights, text, strict=True)),
    )


def measured(ask, times):
    """Slowest but one in twenty, in seconds of wall and of CPU time."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        ask()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return sorted(walls)[int(times * 0.95)], sorted(cpus)[int(times * 0.95)]


def in_box(database, known, random_place, size):
    e, n = random_place(), random_place()
    box = f"BBOX({EAST + e},{NORTH + n},{EAST + e + size},{NORTH + n + size})"
    tree = filters.read(f"S_INTERSECTS(geometry,{box}) AND height > 30", "cql2-text")
    wanted = filters.condition(tree, known, lambda place: place)
    return features.page(database, features.Wanted(Kind.BUILDING, wanted, 100))


with create_tenant(home, "many", "Many", CRS) as twin:
    with twin.load(Dataset("many", "Many")) as loading:
        loading.finish({"source": "many", "findings": []})
    with twin.database.write("rows") as connection:
        driver = connection.connection.driver_connection
        indexes = driver.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type='index' AND tbl_name='objects' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            driver.execute(f"DROP INDEX {name}")
    # some at a time: the log of one change of all would grow to the size of the file
    for first in range(0, count, TOGETHER):
        with twin.database.write("rows") as connection:
            rows(connection.connection.driver_connection, first, min(first + TOGETHER, count))
    with twin.database.write("rows") as connection:
        driver = connection.connection.driver_connection
        for name, sql in indexes:
            if name in ("objects_by_kind", "objects_by_cell", "objects_by_height"):
                driver.execute(sql)
        cells = driver.execute("SELECT DISTINCT cell_column, cell_row FROM objects").fetchall()
        driver.executemany(
            "INSERT INTO blocks (cell_column, cell_row, dataset, hash, size, kinds, west, south, low, east, north,"
            " high, first) VALUES (?, ?, 1, 'x', 0, '{\"building\": 500}', ?, ?, 50, ?, ?, 60, 1)",
            ((c, r, c * 500.0, r * 500.0, c * 500.0 + 510, r * 500.0 + 510) for c, r in cells),
        )
        driver.execute("UPDATE datasets SET kinds = ?", (json.dumps({"building": count}),))
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    database, known = twin.database, queryables.standard(Kind.BUILDING)
    chance = random.Random(7)
    found = {"count": count, "made": made}
    for size in (500, 5000, 40000):
        far = max(side * STEP - size, 1.0)
        ask = partial(in_box, database, known, lambda far=far: chance.random() * far, size)
        found[f"box {size}"] = measured(ask, 60)
    # the mark of a page is its last key
    deep = base64.urlsafe_b64encode(json.dumps([int(count * 0.99)]).encode()).decode().rstrip("=")
    for name, after in (("first", None), ("deep", deep)):
        wanted = features.Wanted(Kind.BUILDING, None, 1000, after)
        found[name] = measured(partial(features.text_page, database, wanted), 40)
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))

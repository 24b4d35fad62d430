"""A street of houses under water: Merewether, Newcastle (New South Wales), storm of June 2007.

Observed levels and those of TUFLOW: Australian Rainfall and Runoff, Project 15 (Smith, Wasko, Miller 2012).
19.7 m³/s enter at the upper end; nothing here is fitted.
"""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely

from kastor.simulations import water
from kastor.simulations.scene import Edge, Ground, Inflow, Scene

DATA = Path(__file__).parent.parent / "data" / "merewether"


def terrain():
    text = zipfile.ZipFile(DATA / "topography1.zip").read("topography1.asc").decode().split("\n", 6)
    head = dict(line.split() for line in text[:6])
    heights = np.array(text[6].split(), float).reshape(int(head["nrows"]), int(head["ncols"]))
    heights[heights == float(head["NODATA_value"])] = np.nan
    cell = float(head["cellsize"])
    return heights, float(head["xllcorner"]), float(head["yllcorner"]) + cell * len(heights), cell


def polygons():
    houses = {}
    with (DATA / "houses.csv").open() as file:
        for row in csv.DictReader(file):
            houses.setdefault(row["house"], []).append((float(row["x"]), float(row["y"])))
    road = np.loadtxt(DATA / "road.csv", delimiter=",")
    return [shapely.Polygon(corners) for corners in houses.values()], shapely.Polygon(road)


@pytest.fixture(scope="module")
def levels():
    """Observed in the draft report, in the final one, by TUFLOW, and ours, shape (4, 5). [m]"""
    heights, west, north, cell = terrain()
    rows, cols = heights.shape
    y, x = np.mgrid[:rows, :cols] + 0.5
    x, y = west + x * cell, north - y * cell
    houses, road = polygons()
    surface = np.where(shapely.contains_xy(shapely.make_valid(road), x, y), 1, 0).astype(np.uint8)
    surface[shapely.contains_xy(shapely.union_all(shapely.make_valid(houses)), x, y)] = 255
    free = np.isfinite(heights) & (surface != 255)
    border = np.zeros(heights.shape, bool)
    border[0], border[:, -1] = True, True
    spring = np.argwhere(free & (np.hypot(x - 382265.0, y - 6354280.0) < 10))
    scene = Scene(
        Ground(cell, heights, surface, np.array([0.04, 0.02]), np.zeros(2), np.zeros(2)),
        inflows=(Inflow(spring, np.array([0.0, 1000.0]), np.array([19.7, 19.7])),),
        edges=(Edge(np.argwhere(border & free)),),
    )
    ran = water.start(scene)
    water.advance(ran, 1000.0)
    assert water.balance(ran).missing == 0
    table = np.loadtxt(DATA / "observations.csv", delimiter=",", skiprows=1)
    row = np.floor((north - table[:, 1]) / cell).astype(int)
    col = np.floor((table[:, 0] - west) / cell).astype(int)
    return np.vstack([table[:, 3:6].T, (heights + ran.depth)[row, col]])


def test_levels_are_those_people_saw(levels):
    assert np.sqrt(np.mean((levels[3] - levels[0]) ** 2)) <= 0.15


def test_levels_are_those_of_tuflow(levels):
    assert np.sqrt(np.mean((levels[3] - levels[2]) ** 2)) <= 0.11

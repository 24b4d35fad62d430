"""Plans that are written and read again are equal, object by object, and as valid as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from kastor.formats.errors import FormatError
from kastor.formats.xplanung import read, to_system, write
from kastor.formats.xplanung.check import check
from tests.formats.test_xplanung import PLANS

SMALL = Path(__file__).parents[1] / "data" / "xplanung" / "small_plan.gml"


def test_a_plan_with_arcs_is_written_and_read_again_equal(tmp_path):
    file = read(SMALL)
    assert write(file, tmp_path / "again.gml") == 10
    again = read(tmp_path / "again.gml")
    assert again.objects == file.objects
    assert b"<gml:Arc>" in (tmp_path / "again.gml").read_bytes()


@pytest.mark.parametrize("name", list(PLANS))
def test_every_test_plan_is_written_and_read_again_equal(name, shared_data, tmp_path):
    file = read(shared_data(f"xplanung/plans/{name}"))
    write(file, tmp_path / "again.gml")
    again = read(tmp_path / "again.gml")
    assert (again.version, again.crs) == (file.version, file.crs)
    assert again.objects == file.objects
    assert [(p.name, p.objects) for p in again.plans] == [(p.name, p.objects) for p in file.plans]


@pytest.mark.parametrize("name", list(PLANS))
def test_what_was_valid_stays_valid(name, shared_data, tmp_path):
    schemas = shared_data("xplanung/xsd")
    path = shared_data(f"xplanung/plans/{name}")
    before = [f.values["problem"] for f in check(path, schemas).findings if f.code == "schema"]
    write(read(path), tmp_path / "again.gml")
    after = [f.values["problem"] for f in check(tmp_path / "again.gml", schemas).findings if f.code == "schema"]
    assert after == before


def test_a_plan_in_another_zone_is_written_with_chains_for_arcs(tmp_path):
    file = to_system(read(SMALL), "EPSG:25833")
    write(file, tmp_path / "again.gml")
    again = read(tmp_path / "again.gml")
    assert again.crs == "EPSG:25833"
    assert again.objects == file.objects
    assert b"Arc" not in (tmp_path / "again.gml").read_bytes()


def test_a_geometry_xplangml_cannot_hold_is_refused(tmp_path):
    file = read(SMALL)
    mixed = shapely.GeometryCollection([shapely.Point(0, 0)])
    broken = replace(file, objects=(replace(file.objects[0], geometry=mixed),))
    with pytest.raises(FormatError, match="plan_1 has a geometry of kind GeometryCollection"):
        write(broken, tmp_path / "again.gml")

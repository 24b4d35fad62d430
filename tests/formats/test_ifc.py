"""Buildings in IFC: units, storeys, the hull, and where the file says it stands."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
import pytest

from kastor.formats import ifc
from kastor.formats.errors import FormatError, NoData

MANY = 10_000


def written(
    schema: str = "IFC4", unit: str | None = None, conversion: dict[str, Any] | None = None, map_unit: bool = True
) -> bytes:
    """A house of 10 m by 8 m with a cellar and two storeys above it, each with a wall block 3 m high."""
    ifcopenshell: Any = pytest.importorskip("ifcopenshell")
    for room in ("aggregate", "context", "geometry", "owner", "project", "pset", "root", "spatial", "unit"):
        importlib.import_module(f"ifcopenshell.api.{room}")
    api = ifcopenshell.api
    file = api.project.create_file(version=schema)
    if schema == "IFC2X3":
        # this version wants to know who drew it
        person = api.owner.add_person(file, family_name="Muster")
        api.owner.add_person_and_organisation(file, person=person, organisation=api.owner.add_organisation(file))
        api.owner.add_application(file)
    project = api.root.create_entity(file, ifc_class="IfcProject", name="Probe")
    length = api.unit.add_si_unit(file, unit_type="LENGTHUNIT", prefix=unit)
    api.unit.assign_unit(file, units=[length])
    scale = 1000.0 if unit == "MILLI" else 1.0
    model = api.context.add_context(file, context_type="Model")
    body = api.context.add_context(
        file, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=model
    )
    site = api.root.create_entity(file, ifc_class="IfcSite", name="Grundstück")
    building = api.root.create_entity(file, ifc_class="IfcBuilding", name="Haus am Markt")
    api.aggregate.assign_object(file, products=[site], relating_object=project)
    api.aggregate.assign_object(file, products=[building], relating_object=site)
    for floor in (-3.0, 0.0, 3.0):
        storey = api.root.create_entity(file, ifc_class="IfcBuildingStorey", name=f"{floor}")
        storey.Elevation = floor * scale
        api.aggregate.assign_object(file, products=[storey], relating_object=building)
        wall = api.root.create_entity(file, ifc_class="IfcWall", name="Wand")
        wall.Representation = file.create_entity(
            "IfcProductDefinitionShape", Representations=[_block(file, body, floor * scale, scale)]
        )
        api.geometry.edit_object_placement(file, product=wall)
        api.spatial.assign_container(file, products=[wall], relating_structure=storey)
    if conversion is not None and schema == "IFC4":
        crs = file.create_entity("IfcProjectedCRS", Name="EPSG:25832")
        if map_unit:
            crs.MapUnit = file.create_entity("IfcSIUnit", UnitType="LENGTHUNIT", Name="METRE")
        file.create_entity("IfcMapConversion", SourceCRS=model, TargetCRS=crs, **conversion)
    elif conversion is not None:
        properties = api.pset.add_pset(file, product=site, name="ePSet_MapConversion")
        api.pset.edit_pset(file, pset=properties, properties=conversion)
    text: str = file.to_string()
    return text.encode()


def _block(file: Any, body: Any, bottom: float, scale: float) -> Any:
    """A box of 10 m by 8 m by 3 m, its corner at the origin."""
    axis = file.create_entity(
        "IfcAxis2Placement3D", Location=file.create_entity("IfcCartesianPoint", Coordinates=(0.0, 0.0, bottom))
    )
    profile = file.create_entity(
        "IfcRectangleProfileDef", ProfileType="AREA", XDim=10.0 * scale, YDim=8.0 * scale,
        Position=file.create_entity(
            "IfcAxis2Placement2D",
            Location=file.create_entity("IfcCartesianPoint", Coordinates=(5.0 * scale, 4.0 * scale)),
        ),
    )  # fmt: skip
    solid = file.create_entity(
        "IfcExtrudedAreaSolid", SweptArea=profile, Position=axis, Depth=3.0 * scale,
        ExtrudedDirection=file.create_entity("IfcDirection", DirectionRatios=(0.0, 0.0, 1.0)),
    )  # fmt: skip
    return file.create_entity(
        "IfcShapeRepresentation", ContextOfItems=body, RepresentationIdentifier="Body",
        RepresentationType="SweptSolid", Items=[solid],
    )  # fmt: skip


CONVERSION = {"Eastings": 360540.0, "Northings": 5721560.0, "OrthogonalHeight": 40.5,
              "XAxisAbscissa": 0.8660254, "XAxisOrdinate": 0.5}  # fmt: skip


@pytest.mark.parametrize(("unit", "metres"), [(None, 1.0), ("MILLI", 0.001)])
def test_lengths_are_metres_whatever_the_file_is_drawn_in(unit: str | None, metres: float) -> None:
    found = ifc.read(written(unit=unit), "haus.ifc", MANY)
    assert found.unit == pytest.approx(metres)
    np.testing.assert_allclose(np.ptp(found.points, axis=0), [10.0, 8.0, 9.0], atol=1e-6)
    assert len(found.triangles) == 3 * 12
    assert (found.storeys, found.name, found.georeference) == (2, "Haus am Markt", None)


@pytest.mark.parametrize("unit", [None, "MILLI"])
@pytest.mark.parametrize("map_unit", [True, False])
def test_a_map_conversion_says_where_it_stands(unit: str | None, map_unit: bool) -> None:
    """A map in metres beside a drawing in millimetres, also where nobody says so."""
    found = ifc.read(written(unit=unit, conversion=CONVERSION, map_unit=map_unit), "haus.ifc", MANY).georeference
    assert found is not None
    assert (found.crs, found.east, found.north, found.height) == ("EPSG:25832", 360540.0, 5721560.0, 40.5)
    assert found.turn == pytest.approx(30.0, abs=1e-4)


def test_older_files_say_it_in_a_property_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Any = importlib.import_module("ifcopenshell.api.owner.settings")
    monkeypatch.setattr(settings, "get_user", lambda file: file.by_type("IfcPersonAndOrganization")[0])
    monkeypatch.setattr(settings, "get_application", lambda file: file.by_type("IfcApplication")[0])
    found = ifc.read(written("IFC2X3", conversion=CONVERSION), "haus.ifc", MANY)
    assert found.schema == "IFC2X3"
    assert found.georeference is not None
    assert (found.georeference.east, found.georeference.north) == (360540.0, 5721560.0)


def test_what_is_no_building_is_refused_with_a_reason() -> None:
    with pytest.raises(FormatError, match=r"no readable IFC|no IfcProject"):
        ifc.read(b"ISO-10303-21;\nnothing", "x.ifc", MANY)
    empty = written().replace(b"IFCWALL(", b"IFCFURNITURE(")
    with pytest.raises(NoData, match="no walls, slabs or roofs"):
        ifc.read(empty, "x.ifc", MANY)


def test_without_the_program_the_command_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ifcopenshell", None)
    with pytest.raises(ifc.IfcMissing, match=r"pip install 'kastor\[ifc\]'"):
        ifc.read(b"ISO-10303-21;", "x.ifc", MANY)

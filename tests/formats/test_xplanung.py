"""Plans in XPlanGML are read in full, whatever version and packing they come in; hostile files are refused."""

from __future__ import annotations

import gzip
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from kastor.formats.archive import Limits
from kastor.formats.errors import FormatError
from kastor.formats.xplanung import curves, gml, read, to_system

DATA = Path(__file__).parents[1] / "data" / "xplanung"
SMALL = DATA / "small_plan.gml"
PLANS = {
    "BP2070_v41.zip": 314, "BP_4.0.zip": 140, "BP_4.0_Laufrichtungsfehler.zip": 140, "BP_6.0_syntaxErrors.gml": 14,
    "BPlan001_4-1.zip": 206, "BPlan002_5-1.zip": 224, "BPlan002_5-3.zip": 78, "BPlan002_5-4.gml": 15,
    "BPlan003_4-1.gml": 84, "BPlan005_6-0.zip": 63, "BPlan_Kompensationsbereich_6-0-2_Luecke.gml": 8,
    "Blankenese29_Test_60.zip": 491, "Demo-planinhalt-invalid.gml": 21,
    "FNP_031545401000_Zusammenzeichnung_v51.gml.gz": 780, "FNP_Test_60.zip": 1031,
    "HafenCity11_HafenCity14_Bereich_ohne_Geometrie_v54.gml.gz": 548, "HafenCity7_v52.gml.gz": 234,
    "LA67_v50.gml": 146, "LP-Test_60.zip": 18, "Osdorf48_Test_60.zip": 75, "RROP_Landkreis_Test_51.zip": 2885,
    "Rotherbaum27_v52.gml": 165, "SO_5.3.zip": 5, "StErhVO_Hamm_60.zip": 6,
    "V4_1_ID_103_kein-flaechenschluss_v51.gml.gz": 500, "V4_1_ID_103_v51.gml.gz": 500,
    "xplan-multipleInstances_v52.gml.gz": 513, "xplan53-4_1_7_1_Flaechenschlussfehler.gml": 78,
}  # fmt: skip
"""Test plans of the Leitstelle and how many objects each holds, as the list beside them says."""

GEOMETRIES = {"Point", "LineString", "Curve", "Polygon", "MultiSurface", "MultiCurve", "MultiPoint"}


def unpacked(path: Path) -> bytes:
    """The XPlanGML of a test plan, without Kastor."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read("xplan.gml")
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_a_plan_says_what_it_is():
    (plan,) = read(SMALL).plans
    assert (plan.kind, plan.name, plan.number, plan.legal_state) == ("BP", "Am Mühlbach", "12", "4000")
    assert plan.dates == {"inkrafttretensDatum": "2024-05-02"}
    assert [(m.key, m.name, m.district) for m in plan.municipalities] == [("05562012", "Musterstadt", "Nord")]
    assert plan.area.area == 8000.0
    assert [(s.number, s.name, len(s.contents)) for s in plan.sections] == [("1", "Gesamtes Gebiet", 7)]
    assert len(plan.objects) == 8


def test_attributes_keep_codes_units_data_types_and_references():
    homes = next(o for o in read(SMALL).objects if o.id == "homes_1")
    assert homes.text("besondereArtDerBaulNutzung") == "1200"
    assert (homes.number("GRZ"), homes.number("Z"), homes.closes, homes.layer) == (0.4, 3.0, True, 0)
    assert homes.values("hoehenangabe") == [
        {
            "type": "XP_Hoehenangabe", "hoehenbezug": "2500", "bezugspunkt": "6000",
            "hMax": {"value": "10.5", "uom": "m"},
        }
    ]  # fmt: skip
    assert homes.targets("refTextInhalt") == ["text_1"]
    assert homes.legal_character == "1000"


def test_areas_that_share_an_arc_touch_without_gap():
    file = read(SMALL)
    homes, green = (next(o.geometry for o in file.objects if o.id == name) for name in ("homes_1", "green_1"))
    assert homes.area > 60 * 60
    assert homes.intersection(green).area == 0.0
    assert shapely.union(homes, green).area == pytest.approx(homes.area + green.area)
    assert shapely.union_all([o.geometry for o in file.objects if o.closes]).equals(file.plans[0].area)


@pytest.mark.parametrize("name", list(PLANS))
def test_every_object_of_a_plan_is_read(name, shared_data):
    path = shared_data(f"xplanung/plans/{name}")
    root = etree.fromstring(unpacked(path), etree.XMLParser(remove_comments=True))
    members = root.iterfind("{http://www.opengis.net/gml/3.2}featureMember/*")
    expected = Counter(etree.QName(member).localname for member in members)
    file = read(path)
    assert sum(expected.values()) == PLANS[name]
    assert file.counts() == dict(expected)
    assert file.version == name_of_version(root)


@pytest.mark.parametrize("name", list(PLANS))
def test_every_geometry_attribute_and_reference_of_a_plan_is_read(name, shared_data):
    path = shared_data(f"xplanung/plans/{name}")
    root = etree.fromstring(unpacked(path), etree.XMLParser(remove_comments=True))
    ours = {o.id: o for o in read(path).objects}
    for member in root.iterfind("{http://www.opengis.net/gml/3.2}featureMember/*"):
        found = ours[member.get("{http://www.opengis.net/gml/3.2}id")]
        properties = [c for c in member if isinstance(c.tag, str) and not c.tag.endswith("boundedBy")]
        placed = [p for p in properties if any(etree.QName(c).localname in GEOMETRIES for c in p)]
        assert len(placed) == len(found.others) + (found.geometry is not None)
        assert len(properties) == len(placed) + sum(len(found.values(attribute)) for attribute in found.attributes)
        hrefs = [e.get("{http://www.w3.org/1999/xlink}href") for e in properties]
        assert sorted(h[1:] for h in hrefs if h and h[0] == "#") == sorted(
            target for attribute in found.attributes for target in found.targets(attribute)
        )


def test_several_plans_of_one_file_are_kept_apart(shared_data):
    plans = read(shared_data("xplanung/plans/xplan-multipleInstances_v52.gml.gz")).plans
    assert [(p.name, len(p.sections), len(p.objects)) for p in plans] == [
        ("Langenhorn51(1Aend)", 1, 3), ("Langenhorn51(2Aend)", 1, 18), ("Langenhorn51", 1, 486),
    ]  # fmt: skip


def test_attachments_of_an_archive_are_listed_and_the_plan_is_chosen(shared_data):
    file = read(shared_data("xplanung/plans/BPlan002_5-3.zip"))
    assert {a.name for a in file.attachments} == {"BPlan002_5-3.pgw", "BPlan002_5-3.png", "Test_Auskr.gml"}
    assert len(file.plans) == 1


def name_of_version(root):
    namespaces = {n for e in root.iter() if isinstance(e.tag, str) for n in [etree.QName(e).namespace]}
    (number,) = {n.split("xplangml/")[1] for n in namespaces if "xplangml/" in n}
    return number.replace("/", ".")


# what files get wrong


def changed(tmp_path, *replacements, name="plan.gml"):
    """The small plan with some of its text replaced."""
    content = SMALL.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in content
        content = content.replace(old, new)
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def test_a_plan_with_northing_first_is_turned(tmp_path):
    content = SMALL.read_text(encoding="utf-8")
    root = etree.fromstring(content.encode())
    for element in root.iter("{*}posList", "{*}pos"):
        numbers = element.text.split()
        element.text = " ".join(n for pair in zip(numbers[1::2], numbers[::2], strict=True) for n in pair)
    path = tmp_path / "turned.gml"
    path.write_bytes(etree.tostring(root))
    file = read(path)
    assert [f.code for f in file.findings] == ["axes_swapped"]
    assert file.plans[0].area.bounds == (365000.0, 5723000.0, 365100.0, 5723080.0)


def test_a_zone_before_the_easting_is_removed(tmp_path):
    path = changed(tmp_path, (" 365", " 32365"), (">365", ">32365"))
    file = read(path)
    assert [f.code for f in file.findings] == ["zone_prefix"]
    assert file.plans[0].area.bounds[0] == 365000.0


def test_coordinates_of_another_system_are_told(tmp_path):
    file = read(changed(tmp_path, ("EPSG:25832", "EPSG:3068")))
    assert [f.code for f in file.findings] == ["crs_unfit"]


def test_the_system_may_be_named_by_a_urn(tmp_path):
    file = read(changed(tmp_path, ("EPSG:25832", "urn:ogc:def:crs:EPSG::25832")))
    assert (file.crs, file.findings) == ("EPSG:25832", ())


def test_a_plan_is_brought_into_another_zone():
    moved = to_system(read(SMALL), "EPSG:25833+7837")
    assert moved.crs == "EPSG:25833"
    assert moved.plans[0].area.area == pytest.approx(8000, rel=0.01)
    assert not any(o.exact for o in moved.objects)
    west = moved.plans[0].area.bounds[0]
    assert -60_000 < west < 0


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("365000 5723000 365100 5723000 365100 5723080 365000 5723080 365000 5723000",
         "365000 5723000 365100 5723000 365100 5723080 365000 5723080", "ring_not_closed"),
        ("365080 5723060", "365080 nowhere", "number_wrong"),
        ("365080 5723060", "365080 NaN", "number_wrong"),
        ("365080 5723060", "", "geometry_empty"),
        ("365005 5723025 365050 5723025 365050 5723070 365005 5723070 365005 5723025</gml:posList></gml:LineString>",
         "365005 5723025 365050</gml:posList></gml:LineString>", "numbers_uneven"),
        ("365060 5723020 365070 5723050 365060 5723080", "365060 5723020 365070 5723050", "arc_impossible"),
        ("<gml:Point srsName=\"EPSG:25832\" gml:id=\"geom_tree\">", "<gml:Point gml:id=\"geom_tree\">", ""),
        ("gml:id=\"tree_1\"", "", "id_missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_geometry_is_told(tmp_path, old, new, code):
    codes = [f.code for f in read(changed(tmp_path, (old, new))).findings]
    assert codes == [code] * bool(code) or code in codes


def test_members_of_a_ring_that_do_not_meet_are_told(tmp_path):
    old = "365060 5723080 365000 5723080 365000 5723020"
    file = read(changed(tmp_path, (old, old.replace("365060", "365058"))))
    (finding,) = file.findings
    assert (finding.code, finding.object_id, finding.values) == ("members_apart", "homes_1", {"gap": 2.0})


def test_a_geometry_may_stand_elsewhere_in_the_file(tmp_path):
    line = (
        '<gml:LineString srsName="EPSG:25832" gml:id="geom_limit"><gml:posList>365005 5723025 365050 5723025 365050 '
        "5723070 365005 5723070 365005 5723025</gml:posList></gml:LineString>"
    )
    pointed = '<gml:MultiCurve gml:id="many"><gml:curveMember xlink:href="#geom_s1"/></gml:MultiCurve>'
    limit = next(o for o in read(changed(tmp_path, (line, pointed))).objects if o.id == "limit_1")
    assert limit.geometry.geom_type == "MultiLineString"
    assert limit.geometry.bounds == (365000.0, 5723020.0, 365060.0, 5723020.0)
    nowhere = read(changed(tmp_path, (line, pointed.replace("geom_s1", "geom_s99")))).findings
    assert [(f.code, f.values["target"]) for f in nowhere] == [("reference_nowhere", "#geom_s99")]


# hostile files


def test_a_document_type_is_refused(tmp_path):
    path = tmp_path / "bomb.gml"
    path.write_bytes(b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>' + SMALL.read_bytes().split(b"?>", 1)[1])
    with pytest.raises(FormatError, match="DOCTYPE"):
        read(path)


def test_a_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xplan.gml", b" " * 5_000_000)
    with pytest.raises(FormatError, match="unpacks to more than"):
        read(path, Limits(ratio=10, free=1_000_000))


def test_a_tree_deeper_than_any_plan_is_refused(tmp_path):
    path = tmp_path / "deep.gml"
    deep = "<xplan:a>" * 5000 + "</xplan:a>" * 5000
    path.write_text(
        SMALL.read_text(encoding="utf-8").replace("<xplan:nummer>12</xplan:nummer>", deep), encoding="utf-8"
    )
    with pytest.raises(FormatError, match="not well-formed"):
        read(path)


def test_paths_in_archives_are_only_labels(tmp_path):
    path = tmp_path / "plan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(SMALL, "folder/xplan.gml")
        archive.writestr("../../etc/passwd", "x")
        archive.writestr("C:\\windows\\system32\\drawing.png", "x")
    file = read(path)
    assert {a.name for a in file.attachments} == {"passwd", "drawing.png"}
    assert len(file.objects) == 10
    assert list(tmp_path.iterdir()) == [path]


def test_an_archive_without_a_plan_and_other_xml_are_refused(tmp_path):
    path = tmp_path / "nothing.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
        archive.writestr("other.gml", "<a/>")
    with pytest.raises(FormatError, match="None of its 2 files is XPlanGML"):
        read(path)
    other = tmp_path / "other.gml"
    other.write_text("<CityModel xmlns='http://www.opengis.net/citygml/2.0'><a/></CityModel>")
    with pytest.raises(FormatError, match="no XPlanGML"):
        read(other)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.0, 0.999))
def test_a_file_cut_off_anywhere_is_an_error_with_a_line(share, tmp_path_factory):
    content = SMALL.read_bytes()
    path = tmp_path_factory.mktemp("cut") / "plan.gml"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FormatError):
        read(path)


# arcs

coordinate = st.floats(-5_000, 5_000).map(lambda x: round(x, 3))
point = st.tuples(coordinate, coordinate)


@settings(max_examples=200, deadline=None)
@given(a=point, b=point, c=point)
def test_an_arc_stays_within_its_tolerance_and_is_the_same_backwards(a, b, c):
    points = np.array([a, b, c]) + np.array([365_000.0, 5_723_000.0])
    drawn = curves.arc_string(points)
    assert drawn[[0, -1]].tolist() == points[[0, -1]].tolist()
    assert points[1].tolist() in drawn.tolist()
    assert np.array_equal(curves.arc_string(points[::-1])[::-1], drawn)


@settings(max_examples=100, deadline=None)
@given(radius=st.floats(0.5, 5_000), start=st.floats(0, 6.28), sweep=st.floats(0.05, 6.2))
def test_no_chord_is_farther_from_the_circle_than_the_tolerance(radius, start, sweep):
    centre = np.array([365_000.0, 5_723_000.0])
    angles = start + sweep * np.array([0.0, 0.4, 1.0])
    drawn = curves.arc_string(centre + radius * np.column_stack([np.cos(angles), np.sin(angles)]))
    middles = (drawn[1:] + drawn[:-1]) / 2
    sagitta = radius - np.hypot(*(middles - centre).T)
    assert np.hypot(*(drawn - centre).T) == pytest.approx(radius, abs=1e-4)
    assert sagitta.max() <= curves.TOLERANCE + 1e-5
    length = np.hypot(*np.diff(drawn, axis=0).T).sum()
    assert length == pytest.approx(radius * sweep, rel=2e-3)


@settings(max_examples=50, deadline=None)
@given(radius=st.floats(0.1, 1_000))
def test_circles_have_the_area_of_circles(radius):
    by_centre = shapely.Polygon(curves.circle_by_centre(np.array([1000.0, 2000.0]), radius))
    through = shapely.Polygon(
        curves.circle(np.array([[1000 + radius, 2000], [1000, 2000 + radius], [1000 - radius, 2000]]))
    )
    for drawn in (by_centre, through):
        assert drawn.is_valid
        missing = np.pi * radius**2 - drawn.area
        assert -1e-6 <= missing <= 2 * np.pi * radius * curves.TOLERANCE


def geometry(text):
    return etree.fromstring(f'<r xmlns="{gml.GML}" xmlns:xlink="http://www.w3.org/1999/xlink">{text}</r>')[0]


def test_every_kind_of_geometry_of_the_profile_is_read():
    def read_shape(text):
        return gml.shape(geometry(text), gml.Drawing())

    square = "<LinearRing><posList>0 0 1 0 1 1 0 1 0 0</posList></LinearRing>"
    line = "<LineString><posList>0 0 4 0</posList></LineString>"
    assert read_shape("<MultiPoint><pointMember><Point><pos>1 2</pos></Point></pointMember></MultiPoint>").wkt == (
        "MULTIPOINT ((1 2))"
    )
    assert read_shape("<Point><pos>1 2 99</pos></Point>").wkt == "POINT (1 2)"
    assert read_shape("<LineString><pos>1 2</pos><pos>3 4</pos></LineString>").wkt == "LINESTRING (1 2, 3 4)"
    assert read_shape("<LineString><coordinates>1,2 3,4</coordinates></LineString>").wkt == "LINESTRING (1 2, 3 4)"
    assert read_shape('<LineString srsDimension="3"><posList>1 2 9 3 4 9</posList></LineString>').length > 2
    back = f'<OrientableCurve orientation="-"><baseCurve>{line}</baseCurve></OrientableCurve>'
    assert read_shape(back).wkt == "LINESTRING (4 0, 0 0)"
    composite = f"<CompositeCurve><curveMember>{line}</curveMember><curveMember><LineString><posList>4 0 4 4"
    composite += "</posList></LineString></curveMember></CompositeCurve>"
    assert read_shape(composite).length == 8
    assert read_shape(f"<MultiCurve><curveMember>{line}</curveMember></MultiCurve>").geom_type == "MultiLineString"
    patch = f"<Surface><patches><PolygonPatch><exterior>{square}</exterior></PolygonPatch></patches></Surface>"
    assert read_shape(patch).area == 1
    surfaces = f"<MultiSurface><surfaceMember><Polygon><exterior>{square}</exterior></Polygon></surfaceMember>"
    surfaces += f"<surfaceMember>{patch}</surfaceMember></MultiSurface>"
    assert len(read_shape(surfaces).geoms) == 2
    circle = "<Ring><curveMember><Curve><segments><CircleByCenterPoint><pos>0 0</pos><radius>2</radius>"
    circle += "</CircleByCenterPoint></segments></Curve></curveMember></Ring>"
    assert read_shape(f"<Polygon><exterior>{circle}</exterior></Polygon>").area == pytest.approx(12.566, abs=0.02)
    half = "<Curve><segments><ArcByCenterPoint><pos>0 0</pos><radius>1</radius><startAngle>0</startAngle>"
    half += "<endAngle>180</endAngle></ArcByCenterPoint></segments></Curve>"
    assert read_shape(half).length == pytest.approx(3.1416, abs=0.003)
    high = "<curveMember><LineString><posList>1 2 9 3 4 9</posList></LineString></curveMember>"
    deep = f'<MultiCurve srsDimension="3">{high * 2}'
    assert len(read_shape(deep + "</MultiCurve>").geoms) == 2
    with pytest.raises(gml.GeometryError, match="geometry_unknown"):
        read_shape("<Solid/>")

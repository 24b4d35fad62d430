"""A building project against a plan: counted findings, the outcome of the pre-check, a list that is never a permit."""

import gzip
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest
import shapely
from lxml import etree
from typer.testing import CliRunner

from kastor.cases.deciding import decide
from kastor.cases.papers import findings_pdf, letter_pdf
from kastor.cases.precheck import NAMESPACE, NOTICE, Project, ProjectError, as_xml, precheck, project_of, rows
from kastor.cases.procedure import shipped
from kastor.cli import app
from kastor.formats.xplanung import read
from kastor.planning.plan_limits import limits
from tests.conftest import DATA
from tests.paper import words

SMALL = DATA / "xplanung" / "small_plan.gml"
PLOT = shapely.box(365000, 5723020, 365050, 5723080)
"""50 m by 60 m: 3,000 m²."""

ALL = ["bauantragsformular", "lageplan", "bauzeichnungen", "baubeschreibung", "berechnung", "standsicherheit",
       "waermeschutz", "brandschutz", "entwaesserung", "stellplatznachweis"]  # fmt: skip


@pytest.fixture(scope="module")
def small():
    """WA III 0.4 (1.2), 10.5 m above the pavement, Baugrenze 5 to 50 m east and 25 to 70 m north; BauNVO of 1990."""
    return replace(limits("small", read(SMALL).plans[0]), edition=1990)


def house(west, south, east, north, **more):
    known = {"plot": PLOT, "storeys": 3.0, "eaves": 9.0, "top": 9.0, "ground": 50.0, "use": "residential", **more}
    return Project(shapely.box(365000 + west, 5723000 + south, 365000 + east, 5723000 + north), **known)


def garage(west, south, east, north):
    return shapely.box(365000 + west, 5723000 + south, 365000 + east, 5723000 + north)


PROJECTS = {
    # plot 3,000 m²: GRZ I 0.4 is 1,200 m², GRZ II 0.6 is 1,800 m², GFZ 1.2 is 3,600 m²
    "a house that fits": (house(10, 30, 40, 60), set(), {"grz": 900 / 3000, "gfz": 2700 / 3000}),
    "a small house": (house(10, 30, 20, 42), set(), {"grz": 120 / 3000, "gfz": 360 / 3000}),
    "one storey too many": (house(10, 30, 30, 50, storeys=4.0), {"storeys"}, {"storeys": 4, "gfz": 1600 / 3000}),
    "two storeys": (house(10, 30, 30, 50, storeys=2.0), set(), {"storeys": 2, "gfz": 800 / 3000}),
    "two metres over the limit": (house(30, 30, 52, 60), {"boundary"}, {"boundary": 2.0}),
    "half a metre over the limit": (house(4.5, 30, 30, 60), {"boundary"}, {"boundary": 0.5}),
    "too much ground": (house(6, 26, 48, 55, storeys=2.0), {"grz"}, {"grz": 1218 / 3000}),
    "exactly as much ground as may be": (house(6, 26, 46, 56), set(), {"grz": 1200 / 3000}),
    "too much floor": (house(6, 26, 46, 56, storeys=4.0), {"storeys", "gfz"}, {"gfz": 4800 / 3000}),
    "drives beyond half as much again": (
        house(6, 26, 46, 56, sealed=(garage(0, 58, 50, 71),)), {"grz2"}, {"grz2": 1850 / 3000}),
    "drives up to half as much again": (
        house(6, 26, 46, 56, sealed=(garage(0, 58, 50, 70),)), set(), {"grz2": 1800 / 3000}),
    "a garage counts for GRZ II": (
        house(6, 26, 46, 56, ancillary=(garage(6, 60, 12, 66),)), set(), {"grz2": 1236 / 3000}),
    "industry in a WA": (house(10, 30, 40, 60, use="industrial"), {"use"}, {}),
    "everything at once": (house(30, 24, 52, 69, storeys=5.0, use="industrial"), {"boundary", "storeys", "gfz", "use"},
                           {"storeys": 5, "gfz": (20 * 45) * 5 / 3000}),
}  # fmt: skip
"""What is planned, the rules it breaks, and numbers as calculated on paper."""


@pytest.mark.parametrize("name", PROJECTS)
def test_findings_are_those_calculated_by_hand(small, name):
    project, broken, numbers = PROJECTS[name]
    found = precheck(project, small)
    assert {v.rule for v in found.verdicts if v.verdict == "broken"} == broken
    for rule, value in numbers.items():
        measured = next(v.value for v in found.verdicts if v.rule == rule)
        assert measured == pytest.approx(value, rel=1e-3)
    assert found.facts()["verstoesse"] == sum(v.verdict == "broken" for v in found.verdicts)
    outcome = decide(shipped()["bauantrag"], application(found.facts())).outcome
    assert outcome == ("befund_abweichung" if broken else "befund_offen")


def test_outside_of_the_plan_a_person_judges_by_the_surroundings(small):
    found = precheck(house(500, 500, 510, 510, plot=None), small)
    assert [(v.rule, v.verdict) for v in found.verdicts] == [("extent", "unknown")]
    assert not found.facts()["plan_vorhanden"]
    assert decide(shipped()["bauantrag"], application({**found.facts(), "aussenbereich": False})).outcome == "ohne_plan"


def application(facts):
    return {
        "vorhaben": "neubau_wohnen", "flurstueck": "117/4", "umriss_bekannt": True, "unterlagen_vorhanden": ALL,
        "nutzung": "residential", "wohneinheiten": 1, "stellplaetze": 1, "denkmal": False, **facts,
    }  # fmt: skip


def test_heights_nobody_said_cannot_be_checked(small):
    found = precheck(house(10, 30, 40, 60, storeys=None, eaves=None, top=None), small)
    assert {v.rule for v in found.verdicts if v.verdict == "unknown"} >= {"height", "storeys"}
    assert all(v.verdict != "broken" for v in found.verdicts)


def test_the_list_tells_value_limit_difference_and_where_it_stands(small):
    found = precheck(house(30, 30, 52, 60, storeys=4.0), small)
    missing = [{"id": "lageplan", "de": "Amtlicher Lageplan", "en": "official site plan"}]
    tree = etree.fromstring(as_xml(found, "2026-7", date(2026, 11, 27), missing))
    space = {"b": NAMESPACE}
    first = tree.find("b:befunde/b:befund[@regel='storeys']", space)
    assert first.get("ergebnis") == "nichtEingehalten"
    assert [first.findtext(f"b:{name}", namespaces=space) for name in ("wert", "grenze", "abweichung")] == [
        "4",
        "3",
        "1",
    ]
    assert first.find("b:fundstelle", space).get("objekt") == "homes_1"
    assert tree.findtext("b:fehlendeUnterlagen/b:unterlage/b:bezeichnung", namespaces=space) == "Amtlicher Lageplan"
    assert "keine Genehmigung" in tree.findtext("b:kopf/b:hinweis", namespaces=space)
    results = [one.get("ergebnis") for one in tree.iterfind("b:befunde/b:befund", space)]
    assert results == sorted(results, key=["nichtEingehalten", "nichtPruefbar", "eingehalten"].index)
    assert len(results) == len(rows(found, "en"))


def test_names_of_plans_do_no_harm_in_the_list(small):
    found = precheck(house(10, 30, 40, 60), replace(small, name="<b>&\x00\x0b]]>"))
    assert etree.fromstring(as_xml(found, "\x01<", date(2026, 1, 2))).find(f".//{{{NAMESPACE}}}plan").text == "<b>&]]>"


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_list_on_paper_says_that_it_is_no_permit(small, language):
    found = precheck(house(30, 30, 52, 60, storeys=4.0), small)
    paper = findings_pdf(found, language, "2026-7", "27. November 2026", ["Lageplan"])
    text = words(paper)
    assert "".join(NOTICE[language].split()) in text
    assert "Lageplan" in text
    assert paper == findings_pdf(found, language, "2026-7", "27. November 2026", ["Lageplan"])


def test_a_letter_on_paper_is_the_same_bytes_for_the_same_words():
    from kastor.cases.letters import Around, letter

    one = shipped()["bauantrag"]
    facts = application({"plan_vorhanden": True, "verstoesse": 1, "nicht_pruefbar": 0, "eingehalten": 8})
    around = Around("2026-7", date(2026, 11, 27), sender="Stadt Musterstadt\nMarkt 1", receiver="Erika & Max <Muster>")
    written = letter(one, "befund", "de", facts, decide(one, facts), around)
    paper = letter_pdf(written)
    assert paper == letter_pdf(written)
    text = words(paper)
    assert "Erika&Max<Muster>" in text
    assert "keineGenehmigung" in text
    assert "2026-7" in text


def geojson(**own):
    def feature(role, shape, **more):
        return {"type": "Feature", "properties": {"rolle": role, **more}, "geometry": shapely.geometry.mapping(shape)}

    outline = shapely.box(365010, 5723030, 365040, 5723060)
    return {
        "type": "FeatureCollection",
        "features": [feature("vorhaben", outline, **own), feature("grundstueck", PLOT)],
    }


def test_a_project_is_read_from_geojson():
    found = project_of(
        geojson(vollgeschosse=3, traufhoehe_m=9, firsthoehe_m=12.5, gelaende_m=50, nutzung="residential")
    )
    assert (found.storeys, found.eaves, found.top, found.ground, found.use) == (3, 9, 12.5, 50, "residential")
    assert found.plot.area == 3000


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ([], "FeatureCollection"),
        (geojson(vollgeschosse=-3), "vollgeschosse is -3"),
        (geojson(vollgeschosse=True), "vollgeschosse is True"),
        (geojson(traufhoehe_m="hoch"), "traufhoehe_m is 'hoch'"),
        (geojson(nutzung="casino"), "nutzung is 'casino'"),
        ({"features": geojson()["features"] * 2}, "2 features have the role vorhaben"),
        ({"features": [{"properties": {"rolle": "turm"}}]}, "rolle is 'turm'"),
        ({"features": [{"properties": {"rolle": "vorhaben"}, "geometry": {"type": "Cube"}}]}, "no geometry"),
        ({"features": [{"properties": {"rolle": "vorhaben"}, "geometry": shapely.geometry.mapping(
            shapely.Polygon([(0, 0), (500, 500), (500, 0), (0, 500)]))}]}, "Self-intersection"),
        ({"features": [{"properties": {"rolle": "vorhaben"}, "geometry": shapely.geometry.mapping(
            shapely.box(7.1, 51.2, 7.2, 51.3))}]}, "in degrees"),
    ],
)  # fmt: skip
def test_a_project_that_cannot_be_is_refused_with_the_cure(said, named):
    with pytest.raises(ProjectError, match=named):
        project_of(said)


def test_the_command_writes_the_list(tmp_path):
    project = tmp_path / "project.geojson"
    project.write_bytes(orjson.dumps(geojson(vollgeschosse=4, nutzung="residential")))
    for name, begin in (("list.xml", b"<?xml"), ("list.pdf", b"%PDF")):
        target = tmp_path / name
        called = ["procedure", "precheck", str(SMALL), str(project), "--output", str(target), "--json"]
        result = CliRunner().invoke(app, called)
        assert result.exit_code == 0, result.output
        assert target.read_bytes().startswith(begin)
        assert orjson.loads(result.stdout)["facts"]["verstoesse"] == 1
    project.write_text("{}")
    result = CliRunner().invoke(app, ["procedure", "precheck", str(SMALL), str(project)])
    assert result.exit_code == 2


PLANS = (
    "BP_4.0.zip", "BPlan001_4-1.zip", "BPlan002_5-3.zip", "BPlan003_4-1.gml", "BPlan005_6-0.zip",
    "Blankenese29_Test_60.zip", "HafenCity11_HafenCity14_Bereich_ohne_Geometrie_v54.gml.gz", "HafenCity7_v52.gml.gz",
    "LA67_v50.gml", "Rotherbaum27_v52.gml", "V4_1_ID_103_v51.gml.gz", "xplan-multipleInstances_v52.gml.gz",
)  # fmt: skip
"""Plans that fix storeys for buildable areas."""


def written(path: Path):
    """Storeys as they stand in the file, by id of the object and name of the attribute; read apart from Kastor."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            content = archive.read(next(n for n in archive.namelist() if n.endswith(".gml")))
    else:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    found = {}
    for one in etree.fromstring(content).iter("{*}*"):
        named = next((value for key, value in one.attrib.items() if key.endswith("}id")), None)
        if named:
            for child in one:
                if isinstance(child.tag, str) and (child.text or "").strip().isdigit():
                    found[named, etree.QName(child).localname] = int(child.text)
    return found


@pytest.mark.parametrize("file", PLANS)
def test_storeys_of_real_plans_are_judged_as_the_file_says(shared_data, file):
    """In each buildable area as many storeys as the file allows are kept, one more is not; the limit is its number."""
    path = shared_data(f"xplanung/plans/{file}")
    raw = written(path)
    judged = 0
    for plan in read(path).plans:
        rules = limits(plan.object.id, plan)
        for window in [w for w in rules.windows if "storeys_most" in w.limits][:12]:
            spot = window.area.buffer(-3)
            if spot.is_empty:
                continue
            outline = spot.representative_point().buffer(1, cap_style="square")
            most = window.limits["storeys_most"]
            assert raw[most.object_id, most.attribute] == most.value
            for storeys, expected in ((most.value, "kept"), (most.value + 1, "broken")):
                found = precheck(Project(outline, storeys=storeys), rules)
                told = [v for v in found.verdicts if v.rule == "storeys" and v.limit == most.value]
                assert [(v.verdict, v.limit) for v in told] == [(expected, most.value)]
                assert all(v.verdict == "kept" for v in found.verdicts if v.rule == "extent")
            judged += 1
        far = precheck(Project(outline=shapely.box(1, 1, 2, 2), storeys=1.0), rules)
        assert [(v.rule, v.verdict) for v in far.verdicts] == [("extent", "unknown")]
    assert judged

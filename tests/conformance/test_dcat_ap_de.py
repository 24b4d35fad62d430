"""The catalogue keeps to DCAT-AP.de 2.0, judged by its SHACL shapes; the judge is shown to be awake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyshacl
import pytest
from rdflib import Graph, Namespace
from rdflib.compare import to_isomorphic

from kastor.catalogue import dcat
from kastor.catalogue.entries import entries
from kastor.city.codes_datasets import HVD_CATEGORIES, LICENCES, RHYTHMS, THEMES
from kastor.city.sample import flat_ground, four_houses
from kastor.store import Dataset, Tenant

HERE = Path(__file__).parents[1] / "data" / "dcat-ap-de"
SH = Namespace("http://www.w3.org/ns/shacl#")
SHAPES = sorted(HERE.glob("dcat-ap-*.ttl")) + sorted(HERE.glob("dcat-ap_2*.ttl"))
ROOT = "https://zwilling.musterstadt.de"
CONTRIBUTOR = "http://dcat-ap.de/def/contributors/transparenzportalHamburg"


@pytest.fixture(scope="module")
def shapes() -> Graph:
    graph = Graph()
    for file in SHAPES:
        graph.parse(file)
    return graph


def violations(content: Graph, shapes: Graph) -> list[str]:
    """Messages of what breaks a rule; recommendations are not among them."""
    merged = content + Graph().parse(HERE / "offline-vocabulary-supplement.ttl")
    _, report, _ = pyshacl.validate(merged, shacl_graph=shapes, do_owl_imports=False, inference="none", advanced=False)
    broken = [result for result in report.subjects(SH.resultSeverity, SH.Violation)]
    return sorted(str(message) for result in broken for message in report.objects(result, SH.resultMessage))


def load(twin: Tenant, dataset: Dataset) -> None:
    with twin.load(dataset) as loading:
        loading.put("houses", four_houses())
        loading.put_terrain("ground", flat_ground())
        loading.finish({"source": dataset.id, "findings": []})


def test_a_dataset_with_every_fact_breaks_no_rule(small_twin: Tenant, shapes: Graph) -> None:
    load(
        small_twin,
        Dataset(
            "lod2", "3D-Gebäude", owner="Vermessungsamt", licence="dl-de/by-2-0", attribution="© Musterstadt",
            date="2026-01-31", office="Amt für Geoinformation", contact="geo@musterstadt.de", rhythm="ANNUAL",
            theme="REGI", hvd="c_ac64a52d", description="Alle Gebäude.",
        ),
    )  # fmt: skip
    graph = dcat.catalog(small_twin.info, entries(small_twin, ROOT), ROOT, CONTRIBUTOR)
    assert violations(graph, shapes) == []
    assert b"c_ac64a52d" in dcat.text(graph, "turtle")
    assert b"2023/138" in dcat.text(graph, "turtle")


def test_a_dataset_of_which_little_is_known_breaks_no_rule(small_twin: Tenant, shapes: Graph) -> None:
    load(small_twin, Dataset("bare", ""))
    assert violations(dcat.catalog(small_twin.info, entries(small_twin, ROOT), ROOT, CONTRIBUTOR), shapes) == []


@pytest.mark.parametrize("licence", LICENCES)
def test_every_licence_is_one_portals_know(small_twin: Tenant, shapes: Graph, licence: str) -> None:
    known = replace(entries(small_twin, ROOT)[0], dataset=Dataset("houses", "Häuser", licence=licence))
    graph = dcat.catalog(small_twin.info, [known], ROOT, CONTRIBUTOR)
    assert violations(graph, shapes) == []
    assert f"licenses/{dcat.LICENCES[licence]}" in dcat.text(graph, "turtle").decode()


def test_every_theme_rhythm_and_category_is_one_portals_know(small_twin: Tenant, shapes: Graph) -> None:
    entry = entries(small_twin, ROOT)[0]
    some = [
        replace(entry, href=f"{entry.href}-{name}-{code}", dataset=Dataset("houses", "Häuser", **{name: code}))
        for name, codes in (("theme", THEMES), ("rhythm", RHYTHMS), ("hvd", HVD_CATEGORIES))
        for code in codes
    ]
    assert violations(dcat.catalog(small_twin.info, some, ROOT, CONTRIBUTOR), shapes) == []


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("syntax", ["turtle", "json-ld", "pretty-xml"])
def test_every_syntax_says_the_same(small_twin: Tenant, syntax: dcat.Syntax) -> None:
    graph = dcat.catalog(small_twin.info, entries(small_twin, ROOT), ROOT)
    back = Graph().parse(data=dcat.text(graph, syntax), format="xml" if syntax == "pretty-xml" else syntax)
    assert to_isomorphic(back) == to_isomorphic(graph)


def test_hostile_facts_stay_words(small_twin: Tenant, shapes: Graph) -> None:
    evil = '"@de . <x> <y> <z> ; # <script>'
    entry = replace(
        entries(small_twin, ROOT)[0],
        dataset=Dataset("houses", evil, owner=evil, contact=f"a@b.de> {evil}", description=evil, attribution=evil),
    )
    graph = dcat.catalog(small_twin.info, [entry], ROOT, CONTRIBUTOR)
    back = Graph().parse(data=dcat.text(graph, "turtle"), format="turtle")
    assert len(back) == len(graph)
    assert violations(back, shapes) == []


def test_the_judge_passes_the_official_example_and_fails_what_lacks_something(shapes: Graph) -> None:
    good = Graph().parse(HERE / "dcat_ap_de-RefImp_TTL_ADVANCED.ttl")
    poor = Graph().parse(HERE / "dcat_ap_de-RefImp_TTL_SIMPLE.ttl")
    assert violations(good, shapes) == []
    assert any("publisher" in message for message in violations(poor, shapes))


def test_a_catalogue_without_contributor_is_told_apart(small_twin: Tenant, shapes: Graph) -> None:
    found = violations(dcat.catalog(small_twin.info, entries(small_twin, ROOT), ROOT), shapes)
    assert found
    assert all("contributorID" in message for message in found)

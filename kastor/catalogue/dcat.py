"""The catalogue as DCAT-AP.de, for GovData and the portals of the Länder to harvest.

Classes are written twice where portals do not reason (an organization is also called an agent).
High-value datasets carry the category and legal act Regulation (EU) 2023/138 asks for.

Sources: DCAT-AP.de 2.0 with its code lists of licences (dcat-ap.de/def), EU authority tables.
"""

from __future__ import annotations

from typing import Literal as OneOf

from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, BNode, Graph, Literal, Namespace, URIRef

from kastor.catalogue.entries import Box, Entry, Way, licence_of, theme_of
from kastor.city.codes_datasets import HVD_CATEGORIES, RHYTHMS
from kastor.store import Dataset, TenantInfo

Syntax = OneOf["turtle", "json-ld", "pretty-xml"]

DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
DCATAP = Namespace("http://data.europa.eu/r5r/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = "http://publications.europa.eu/resource/authority/"
HVD_ACT = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")

LICENCES = {
    "dl-de/zero-2-0": "dl-zero-de/2.0", "dl-de/by-2-0": "dl-by-de/2.0", "cc-zero": "cc-zero", "cc-by/4.0": "cc-by/4.0",
    "cc-by-sa/4.0": "cc-by-sa/4.0", "odbl": "odbl", "geonutz": "geonutz/20130319",
}  # fmt: skip
"""Licence -> its place below ``http://dcat-ap.de/def/licenses/``."""

UNKNOWN_LICENCE = "other-closed"
"""A licence is obligatory; nobody shall take data for open of which that is not known."""


def catalog(info: TenantInfo, entries: list[Entry], root: str, contributor: str = "") -> Graph:
    """
    The catalogue of a tenant.

    Parameters
    ----------
    info
        Whose catalogue.
    entries
        Its datasets.
    root
        Address of this instance, without a slash at its end.
    contributor
        Identifier that GovData or a Land gave to the data provider, an address below
        ``http://dcat-ap.de/def/contributors/``; portals refuse catalogues without.
    """
    graph = Graph()
    for prefix, namespace in (("dcatde", DCATDE), ("dcatap", DCATAP), ("vcard", VCARD)):
        graph.bind(prefix, namespace)
    here = URIRef(f"{root}/records/{info.id}/catalog")
    graph.add((here, RDF.type, DCAT.Catalog))
    graph.add((here, DCTERMS.title, _german(f"Datenkatalog {info.title}")))
    graph.add((here, DCTERMS.description, _german(info.description.get("de") or f"Offene Daten von {info.title}.")))
    graph.add((here, DCTERMS.publisher, _organization(graph, root, info.title)))
    graph.add((here, FOAF.homepage, URIRef(f"{root}/{info.id}")))
    graph.add((here, DCTERMS.language, URIRef(f"{EU}language/DEU")))
    graph.add((here, DCAT.themeTaxonomy, URIRef(f"{EU}data-theme")))
    for entry in entries:
        dataset = _dataset(graph, entry, info, root)
        graph.add((here, DCAT.dataset, dataset))
        if contributor:
            graph.add((dataset, DCATDE.contributorID, URIRef(_iri(contributor))))
    return graph


def text(graph: Graph, syntax: Syntax) -> bytes:
    """A graph as bytes."""
    return graph.serialize(format=syntax, encoding="utf-8")


def _dataset(graph: Graph, entry: Entry, info: TenantInfo, root: str) -> URIRef:
    dataset, here = entry.dataset, URIRef(entry.href)
    graph.add((here, RDF.type, DCAT.Dataset))
    graph.add((here, DCTERMS.identifier, Literal(entry.href)))
    graph.add((here, DCTERMS.title, _german(dataset.title or dataset.id)))
    graph.add((here, DCTERMS.description, _german(described(dataset, info.title))))
    graph.add((here, DCTERMS.publisher, _organization(graph, root, dataset.owner or info.title)))
    graph.add((here, DCAT.contactPoint, _contact(graph, entry, info.title)))
    graph.add((here, DCAT.landingPage, URIRef(entry.page)))
    graph.add((here, DCAT.theme, URIRef(f"{EU}data-theme/{theme_of(dataset)}")))
    graph.add((here, DCTERMS.language, URIRef(f"{EU}language/DEU")))
    for word in entry.keywords:
        graph.add((here, DCAT.keyword, _german(word)))
    state = dataset.date or dataset.loaded[:10]
    if state:
        graph.add((here, DCTERMS.modified, Literal(state, datatype=XSD.date)))
    if dataset.loaded:
        graph.add((here, DCTERMS.issued, Literal(dataset.loaded, datatype=XSD.dateTime)))
    if dataset.rhythm in RHYTHMS:
        graph.add((here, DCTERMS.accrualPeriodicity, URIRef(f"{EU}frequency/{dataset.rhythm}")))
    if entry.box is not None:
        graph.add((here, DCTERMS.spatial, _place(graph, entry.box)))
    if dataset.hvd in HVD_CATEGORIES:
        graph.add((here, DCATAP.hvdCategory, URIRef(f"http://data.europa.eu/bna/{dataset.hvd}")))
        graph.add((here, DCATAP.applicableLegislation, HVD_ACT))
    for way in entry.ways:
        graph.add((here, DCAT.distribution, _distribution(graph, entry, way)))
    return here


def described(dataset: Dataset, town: str) -> str:
    """What a dataset holds, in its own words or in plain numbers."""
    if dataset.description:
        return dataset.description
    counted = ", ".join(f"{count} {kind}" for kind, count in dataset.kinds.items() if count)
    return f"{dataset.title or dataset.id} von {town}: {counted or 'noch ohne Inhalt'}."


def _distribution(graph: Graph, entry: Entry, way: Way) -> URIRef:
    dataset, here = entry.dataset, URIRef(f"{entry.href}#{way.name}")
    graph.add((here, RDF.type, DCAT.Distribution))
    graph.add((here, DCTERMS.title, _german(way.title["de"])))
    graph.add((here, DCAT.accessURL, URIRef(way.href)))
    if not way.service:
        graph.add((here, DCAT.downloadURL, URIRef(way.href)))
    graph.add((here, DCTERMS["format"], URIRef(f"{EU}file-type/{way.file_type}")))
    graph.add((here, DCAT.mediaType, URIRef(f"http://www.iana.org/assignments/media-types/{way.media_type}")))
    licence = LICENCES.get(licence_of(dataset), UNKNOWN_LICENCE)
    graph.add((here, DCTERMS.license, URIRef(f"http://dcat-ap.de/def/licenses/{licence}")))
    if dataset.attribution:
        graph.add((here, DCATDE.licenseAttributionByText, _german(dataset.attribution)))
    if dataset.loaded:
        graph.add((here, DCTERMS.modified, Literal(dataset.loaded, datatype=XSD.dateTime)))
    if dataset.hvd in HVD_CATEGORIES:
        graph.add((here, DCATAP.applicableLegislation, HVD_ACT))
    return here


def _organization(graph: Graph, root: str, name: str) -> URIRef:
    here = URIRef(f"{root}/#{_slug(name)}")
    graph.add((here, RDF.type, FOAF.Organization))
    graph.add((here, RDF.type, FOAF.Agent))
    graph.add((here, FOAF.name, Literal(name)))
    return here


def _contact(graph: Graph, entry: Entry, town: str) -> BNode:
    dataset, contact = entry.dataset, BNode()
    graph.add((contact, RDF.type, VCARD.Organization))
    graph.add((contact, RDF.type, VCARD.Kind))
    graph.add((contact, VCARD.fn, Literal(dataset.office or dataset.owner or town)))
    if "@" in dataset.contact:
        graph.add((contact, VCARD.hasEmail, URIRef(f"mailto:{_iri(dataset.contact)}")))
    else:
        page = dataset.contact if dataset.contact.startswith("https://") else entry.page
        graph.add((contact, VCARD.hasURL, URIRef(_iri(page))))
    return contact


def _place(graph: Graph, box: Box) -> BNode:
    west, south, east, north = box
    place = BNode()
    ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
    graph.add((place, RDF.type, DCTERMS.Location))
    graph.add((place, DCAT.bbox, Literal(f"POLYGON(({ring}))", datatype=WKT)))
    return place


def _german(words: str) -> Literal:
    return Literal(words, lang="de")


def _slug(name: str) -> str:
    return "".join(c.lower() if c.isalnum() else "-" for c in name)[:80]


def _iri(words: str) -> str:
    """Words a person typed, with everything escaped that cannot stand in an address."""
    return "".join(c if c.isalnum() or c in "@.+-_/:?=&%#~" else f"%{ord(c):02X}" for c in words.strip())

"""The pre-check of a building project: what is planned against the development plan, as a list of findings.

The rules of a plan are those of :mod:`kastor.planning.rules`; this module says what a project is, counts what was
found as facts for the tables of the procedure ``bauantrag``, and writes the list in the manner of the message 1140 of
XBau (Befundliste): every rule kept, not kept (value, limit, difference, where it stands) or not to be checked. It is a
help and never a permit: texts of the plan, exceptions and exemptions (§ 31 BauGB) are not weighed, and the XML follows
the message in content, not in its schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
import shapely.geometry
from lxml import etree
from shapely.geometry.base import BaseGeometry

from kastor.planning.built import Building, Plot
from kastor.planning.plan_limits import PlanLimits
from kastor.planning.rule_uses import USES
from kastor.planning.rules import check
from kastor.planning.verdicts import Verdict, Words, title

NAMESPACE = "urn:kastor:befundliste:1"

ORDER = {"broken": 0, "unknown": 1, "kept": 2}

RESULTS: Mapping[str, tuple[str, str, str]] = {
    "kept": ("eingehalten", "eingehalten", "kept"),
    "broken": ("nichtEingehalten", "nicht eingehalten", "not kept"),
    "unknown": ("nichtPruefbar", "nicht prüfbar", "cannot be checked"),
}
"""What was found: in the XML, in German, in English."""

NOTICE = {
    "de": "Diese Vorprüfung ist keine Genehmigung, kein Bescheid und keine Zusicherung. Texte des Plans, Ausnahmen und "
    "Befreiungen (§ 31 BauGB) sind nicht gewertet.",
    "en": "This pre-check is no permit, no administrative act and no promise. Texts of the plan, exceptions and "
    "exemptions (§ 31 BauGB) are not weighed.",
}  # fmt: skip

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Project:
    """
    What somebody wants to build, in the plane of the plan.

    Parameters
    ----------
    outline
        Of the main building, or of the ancillary one when there is no other. [m]
    plot
        The plot of land; None when not known. [m]
    storeys
        Full storeys; None when not said.
    eaves, top
        Heights above the ground; None when not said. [m]
    ground
        Height of the ground above the sea; None when not known. [m]
    use
        Key of ``rule_uses.USES``; empty when not said.
    main
        Whether it is a main building; else ancillary works (garage, garden house).
    ancillary, sealed
        Outlines of ancillary buildings, and of drives and other sealed areas. [m]
    """

    outline: BaseGeometry
    plot: BaseGeometry | None = None
    storeys: float | None = None
    eaves: float | None = None
    top: float | None = None
    ground: float | None = None
    use: str = ""
    main: bool = True
    ancillary: tuple[BaseGeometry, ...] = ()
    sealed: tuple[BaseGeometry, ...] = ()


@dataclass(frozen=True)
class Findings:
    """
    What the check found.

    Parameters
    ----------
    plan, plan_name
        Id and name of the plan.
    edition
        Year of the BauNVO it follows; None when not known.
    verdicts
        Rule by rule, what is not kept first.
    notes
        What holds for all of them.
    """

    plan: str
    plan_name: str
    edition: int | None
    verdicts: tuple[Verdict, ...]
    notes: tuple[Words, ...] = ()

    def facts(self) -> dict[str, Any]:
        """What the tables of the procedure read; a project outside of the plan has no plan."""
        found = [verdict.verdict for verdict in self.verdicts]
        outside = any(one.rule == "extent" and one.verdict == "unknown" for one in self.verdicts)
        return {
            "plan_vorhanden": not outside,
            "verstoesse": found.count("broken"),
            "nicht_pruefbar": found.count("unknown"),
            "eingehalten": found.count("kept"),
        }


class ProjectError(ValueError):
    """A project that cannot be checked; the message names the value, what is allowed and what to do."""


ROLES = ("vorhaben", "nebenanlage", "versiegelt", "grundstueck")
"""What a feature of a project's GeoJSON is."""

NUMBERS = {"vollgeschosse": (0, 60), "traufhoehe_m": (0, 300), "firsthoehe_m": (0, 300), "gelaende_m": (-20, 3000)}
"""Numbers of the feature ``vorhaben``, least and most."""


def project_of(said: Any) -> Project:
    """
    A project from GeoJSON in the reference system of the plan.

    Features have the property ``rolle``, one of ``ROLES``; ``vorhaben`` may have ``vollgeschosse``, ``traufhoehe_m``,
    ``firsthoehe_m`` (above the ground), ``gelaende_m`` (above the sea), ``nutzung`` and ``nebenanlage`` (true for a
    garage or garden house).

    Raises
    ------
    ProjectError
        When something in it cannot be; value, place and cure are named.
    """
    features = said.get("features") if isinstance(said, dict) else None
    if not isinstance(features, list):
        raise ProjectError("No GeoJSON FeatureCollection. Write one with a feature of the role vorhaben.")
    shapes: dict[str, list[BaseGeometry]] = {role: [] for role in ROLES}
    own: Mapping[str, Any] = {}
    for i, feature in enumerate(features):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        role = properties.get("rolle") if isinstance(properties, dict) else None
        if role not in ROLES:
            raise ProjectError(f"Feature {i}: rolle is {role!r}. It is one of {', '.join(ROLES)}.")
        shapes[role].append(_area(feature, i))
        if role == "vorhaben":
            own = properties or {}
    if len(shapes["vorhaben"]) != 1:
        raise ProjectError(f"{len(shapes['vorhaben'])} features have the role vorhaben. Give exactly one.")
    numbers = {name: _number(own.get(name), name, *limits) for name, limits in NUMBERS.items()}
    use = str(own.get("nutzung") or "")
    if use and use not in USES:
        raise ProjectError(f"nutzung is {use[:40]!r}. It is one of {', '.join(USES)}.")
    return Project(
        outline=shapes["vorhaben"][0],
        plot=shapely.union_all(shapes["grundstueck"]) if shapes["grundstueck"] else None,
        storeys=numbers["vollgeschosse"], eaves=numbers["traufhoehe_m"], top=numbers["firsthoehe_m"],
        ground=numbers["gelaende_m"], use=use, main=own.get("nebenanlage") is not True,
        ancillary=tuple(shapes["nebenanlage"]), sealed=tuple(shapes["versiegelt"]),
    )  # fmt: skip


def in_degrees(shape: BaseGeometry) -> bool:
    """Whether coordinates can be longitude and latitude."""
    west, south, east, north = shape.bounds
    return max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90


def precheck(project: Project, plan: PlanLimits, others: Sequence[Building] = ()) -> Findings:
    """
    A project against a plan.

    Parameters
    ----------
    others
        Buildings that stay, for distances and what is already built on the plot.
    """
    plots = [Plot("grundstueck", project.plot)] if project.plot is not None else []
    planned = [_building("vorhaben", project, project.outline, project.main)]
    planned += [
        _building(f"nebenanlage_{i}", project, shape, False) for i, shape in enumerate(project.ancillary, start=1)
    ]
    verdicts = check([*planned, *others], plan, plots, project.sealed)
    return Findings(plan.id, plan.name, plan.edition, _ordered(verdicts))


def as_xml(findings: Findings, number: str, today: date, missing: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """
    The list of findings as XML, in the manner of XBau 1140.

    Parameters
    ----------
    number
        Of the case.
    missing
        Documents that are missing: ``id``, ``de``, ``en``.
    """
    spaces: dict[Any, str] = {None: NAMESPACE}
    root = etree.Element(_q("befundliste"), nsmap=spaces)
    root.set("art", "vorpruefung")
    root.set("nachrichtInDerArtVon", "XBau 1140")
    head = etree.SubElement(root, _q("kopf"))
    _text(head, "vorgang", number)
    _text(head, "datum", today.isoformat())
    plan = _text(head, "plan", findings.plan_name, id=findings.plan)
    if findings.edition is not None:
        plan.set("baunvo", str(findings.edition))
    for words in (NOTICE, *findings.notes):
        _both(head, "hinweis", words)
    listed = etree.SubElement(root, _q("befunde"))
    for i, verdict in enumerate(findings.verdicts, start=1):
        _finding(listed, i, verdict)
    absent = etree.SubElement(root, _q("fehlendeUnterlagen"))
    for one in missing:
        _both(etree.SubElement(absent, _q("unterlage"), id=_clean(one["id"])), "bezeichnung", one)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def as_json(findings: Findings) -> list[dict[str, Any]]:
    """The list for programs."""
    return [
        {
            "rule": v.rule, "object": v.object, "verdict": v.verdict, "value": v.value, "limit": v.limit,
            "difference": v.difference, "unit": v.unit, "paragraph": v.source.paragraph, "source": v.source.object,
            "text": dict(v.text),
        }
        for v in findings.verdicts
    ]  # fmt: skip


def rows(findings: Findings, language: str) -> list[tuple[str, str, str, str]]:
    """
    The list as people read it: rule, what was found, in a few words, and where it stands.

    Parameters
    ----------
    language
        ``de`` or ``en``.
    """
    column = 2 if language == "en" else 1
    tongue = "en" if language == "en" else "de"
    return [
        (
            title(v.rule)[tongue],
            RESULTS[v.verdict][column],
            v.text[tongue],
            " ".join([v.source.paragraph, v.source.object]),
        )
        for v in findings.verdicts
    ]


def _building(name: str, project: Project, shape: BaseGeometry, main: bool) -> Building:
    own = name == "vorhaben"
    level = project.ground is not None
    ground = project.ground if project.ground is not None else 0.0
    top, eaves = (project.top, project.eaves) if own else (None, None)
    if top is None:
        top = eaves
    return Building(
        id=name,
        outline=shape,
        storeys=project.storeys if own else None,
        top=None if top is None else ground + top,
        eaves=None if eaves is None else ground + eaves,
        foot=ground,
        ground=ground,
        level=level,
        use=project.use if own else "",
        pitched=project.eaves is not None and project.top is not None and project.top > project.eaves,
        kind="main" if main else "ancillary",
    )


def geometry_of(feature: Mapping[str, Any], number: int) -> BaseGeometry:
    """
    The geometry of a GeoJSON feature, wherever it lies.

    Raises
    ------
    ProjectError
        When there is none that can be read; the number of the feature is named.
    """
    try:
        return shapely.geometry.shape(feature["geometry"])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise ProjectError(f"Feature {number} has no geometry that can be read: {str(error)[:100]}") from error


def _area(feature: Mapping[str, Any], number: int) -> BaseGeometry:
    found = geometry_of(feature, number)
    if found.geom_type not in ("Polygon", "MultiPolygon") or found.is_empty or not found.is_valid:
        raise ProjectError(f"Feature {number}: {found.geom_type} {shapely.is_valid_reason(found)}. Draw a closed area.")
    if in_degrees(found):
        raise ProjectError(f"Feature {number} is in degrees. Give coordinates in the reference system of the plan.")
    return found


def _number(value: Any, name: str, least: float, most: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ProjectError(f"{name} is {value!r}. It is a number from {least} to {most}, or left out.")
    return float(value)


def _ordered(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(verdicts, key=lambda verdict: ORDER[verdict.verdict]))


def _finding(parent: etree._Element, number: int, verdict: Verdict) -> None:
    one = etree.SubElement(parent, _q("befund"), nr=str(number), regel=verdict.rule, objekt=_clean(verdict.object))
    one.set("ergebnis", RESULTS[verdict.verdict][0])
    if verdict.indicative:
        one.set("nurHinweis", "true")
    _both(one, "titel", title(verdict.rule))
    _both(one, "text", verdict.text)
    for name, value in (("wert", verdict.value), ("grenze", verdict.limit), ("abweichung", verdict.difference)):
        if value is not None:
            _text(one, name, f"{value:.4f}".rstrip("0").rstrip("."), einheit=verdict.unit)
    _text(one, "fundstelle", verdict.source.paragraph, plan=verdict.source.plan, objekt=verdict.source.object)


def _both(parent: etree._Element, name: str, words: Mapping[str, Any]) -> None:
    for language in ("de", "en"):
        _text(parent, name, str(words.get(language, "")), sprache=language)


def _text(parent: etree._Element, name: str, text: str, **attributes: str) -> etree._Element:
    one = etree.SubElement(parent, _q(name), {key: _clean(value) for key, value in attributes.items() if value})
    one.text = _clean(text)
    return one


def _clean(text: str) -> str:
    """Text without what XML cannot hold; names of plans come from files of others."""
    return _NOT_XML.sub("", str(text))


def _q(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"

"""What was renamed, moved or put together between XPlanGML 4.x, 5.x and 6.0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kastor.formats.xplanung.model import PlanFile, PlanObject
from kastor.formats.xplanung.plans import is_plan, is_section

CLASSES: Mapping[str, str] = {
    "BP_TextAbschnitt": "XP_TextAbschnitt", "FP_TextAbschnitt": "XP_TextAbschnitt",
    "SO_TextAbschnitt": "XP_TextAbschnitt", "LP_TextAbschnitt": "XP_TextAbschnitt",
    "RP_TextAbschnitt": "XP_TextAbschnitt",
    "BP_StrassenVerkehrsFlaeche": "SO_Strassenverkehr", "BP_StrassenVerkehrsflaeche": "SO_Strassenverkehr",
    "BP_VerkehrsflaecheBesondererZweckbestimmung": "SO_Strassenverkehr", "FP_Strassenverkehr": "SO_Strassenverkehr",
    "SO_Strassenverkehrsrecht": "SO_Strassenverkehr",
    "BP_GewaesserFlaeche": "SO_Gewaesser", "FP_Gewaesser": "SO_Gewaesser",
    "BP_WasserwirtschaftsFlaeche": "SO_Wasserwirtschaft", "FP_WasserwirtschaftsFlaeche": "SO_Wasserwirtschaft",
    "SO_SchutzgebietNaturschutzrecht": "LP_SchutzBestimmterTeileVonNaturUndLandschaft",
    "BP_TextlicheFestsetzungsFlaeche": "BP_TextAbschnittFlaeche", "BP_FirstRichtungsLinie": "BP_GebaeudeStellung",
    "FP_TextlicheDarstellungsFlaeche": "FP_TextAbschnittFlaeche",
    "FP_NutzungsbeschraenkungsFlaeche": "FP_Nutzungsbeschraenkung",
}  # fmt: skip
"""Class of before -> class of 6.0; the others bear the same name or are gone."""

NAMES: Mapping[str, str] = {
    "gehoertZuBP_Bereich": "gehoertZuBereich", "gehoertZuFP_Bereich": "gehoertZuBereich",
    "gehoertZuSO_Bereich": "gehoertZuBereich", "gehoertZuLP_Bereich": "gehoertZuBereich",
    "gehoertZuRP_Bereich": "gehoertZuBereich", "gehoertNachrichtlichZuBereich": "gehoertZuBereich",
    "inhaltBPlan": "planinhalt", "inhaltFPlan": "planinhalt", "inhaltSoPlan": "planinhalt", "inhaltLPlan": "planinhalt",
    "inhaltRPlan": "planinhalt", "nachrichtlich": "planinhalt", "aendert": "aendertPlan",
    "wurdeGeaendertVon": "wurdeGeaendertVonPlan", "rechtsCharakter": "rechtscharakter",
    "sonderNutzung": "sondernutzung", "refTextabschnitt": "refTextInhalt",
}  # fmt: skip
"""Attribute of before -> attribute of 6.0."""

GONE = ("xPlanGMLVersion",)
"""What only told the version and needs no place."""

LEGAL: Mapping[str, Mapping[str, str]] = {
    "BP": {"1000": "1000", "2000": "2000", "3000": "6000", "4000": "8000", "5000": "7000"},
    "FP": {"1000": "3000", "2000": "2000", "3000": "6000", "4000": "8000", "5000": "7000"},
    "SO": {"1000": "1000", "1500": "3000", "1800": "5200", "2000": "2000", "3000": "6000", "4000": "8000",
           "5000": "7000", "9999": "9999"},
    "LP": {"1000": "5000", "2000": "5100", "3000": "2000", "4000": "5200", "5000": "5300", "9999": "9999"},
    "RP": {"1000": "4000", "2000": "4100", "3000": "2000", "4000": "4200", "5000": "4300", "6000": "4400",
           "7000": "4500", "8000": "4600", "9000": "4700"},
}  # fmt: skip
"""Codes of the legal character by kind of plan; one list holds all since 6.0."""

WATERS: Mapping[str, str] = {"1000": "4000", "10000": "40000", "1100": "1000", "1200": "2000", "9999": "9999"}
"""Purpose of a water (XP_ZweckbestimmungGewaesser) -> SO_KlassifizGewaesser."""

STREETS: Mapping[str, str] = {
    "1000": "16000", "1100": "14002", "1200": "14000", "1300": "14003", "1400": "14004", "1500": "14005",
    "1550": "14006", "1560": "14007", "1580": "140012", "1600": "16001", "1700": "140010", "1800": "140011",
    "2000": "16002", "2100": "14001", "2200": "14014", "2300": "140013", "2400": "14015", "2500": "14008",
    "2600": "14009", "3000": "16005", "3100": "16006", "3200": "16003", "3300": "16004",
}  # fmt: skip
"""Purpose of a traffic area (BP_ZweckbestimmungStrassenverkehr) -> SO_ZweckbestimmungStrassenverkehr."""

RIGHTS: Mapping[str, tuple[str, ...]] = {
    "3000": ("1000", "2000"), "4100": ("1000", "4000"), "4200": ("2000", "4000"), "5000": ("1000", "2000", "4000"),
}  # fmt: skip
"""Rights of way that were told in one code (BP_WegerechtTypen) -> each of them."""

ROOF = ("DNmin", "DNmax", "DN", "DNzwingend", "dachform", "detaillierteDachform")
"""What is told of a roof together since 6.0."""

REFERENCES: Mapping[str, str] = {
    "refBeschreibung": "1000", "refBegruendung": "1010", "refLegende": "1020", "refRechtsplan": "1030",
    "refPlangrundlage": "1040", "refUmweltbericht": "1050", "refSatzung": "1060",
}  # fmt: skip
"""References of 4.x -> kind of an external reference (XP_ExterneReferenzTyp)."""

EDITIONS: Mapping[str, str] = {"1000": "1962-06-26", "2000": "1968-11-26", "3000": "1977-09-15", "4000": "1990-01-23"}
"""XP_VersionBauNVO -> day of the edition."""


def renamed_class(kind: str) -> str:
    """The class of 6.0."""
    return CLASSES.get(kind, kind)


def legal_character(kind: str, code: str) -> str:
    """The legal character of an object of an old class in the codes of 6.0."""
    return LEGAL.get(kind.partition("_")[0], {}).get(code, "9998")


def restated(file: PlanFile) -> list[PlanObject]:
    """The objects of a file with attributes under their names of 6.0, moved where they belong now."""
    laws = {p.object.id: _laws([p.object, *(s.object for s in p.sections)]) for p in file.plans}
    way = {s.object.id: p.object.attributes["verfahren"] for p in file.plans for s in p.sections
           if p.kind == "BP" and "verfahren" in p.object.attributes}  # fmt: skip
    drawn = {
        o.id for o in file.objects if o.kind.startswith("XP_") and o.kind[3:6] in ("PPO", "PTO", "LPO", "LTO", "FPO")
    }
    found = []
    for o in file.objects:
        attributes = _named(o.attributes)
        if is_plan(o):
            attributes = _without_laws(attributes) | laws.get(o.id, {})
            if o.kind == "BP_Plan":
                attributes.pop("verfahren", None)
            _ban(attributes)
        if is_section(o):
            attributes = _without_laws(attributes)
            if o.id in way:
                attributes.setdefault("verfahren", way[o.id])
            _split_contents(attributes, drawn)
        _roof(attributes)
        _references(attributes)
        _purpose(o.kind, attributes)
        if o.kind == "BP_Wegerecht" and (told := _listed(attributes.get("typ"))):
            attributes["typ"] = [right for code in told for right in RIGHTS.get(str(code), (code,))]
        found.append(replace(o, attributes=attributes))
    return found


def _named(attributes: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in attributes.items():
        if name in GONE:
            continue
        new = NAMES.get(name, name)
        found[new] = _joined(found.get(new), value) if new in found else value
    return found


def _joined(one: Any, other: Any) -> list[Any]:
    return [*(one if isinstance(one, list) else [one]), *(other if isinstance(other, list) else [other])]


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _laws(objects: list[PlanObject]) -> dict[str, Any]:
    """Editions of laws as 6.0 states them, once with the plan."""
    found: dict[str, Any] = {}
    for law in ("BauNVO", "BauGB", "SonstRechtsgrundlage"):
        said: dict[str, Any] = {}
        for o in objects:
            whole = o.attributes.get(f"version{law}")
            if isinstance(whole, dict) and "type" in whole:
                said = {**whole, **said}
            elif isinstance(whole, str) and whole in EDITIONS:
                said.setdefault("datum", EDITIONS[whole])
            if day := o.text(f"version{law}Datum"):
                said.setdefault("datum", day)
            if text := o.text(f"version{law}Text"):
                said.setdefault("name", text)
        if said:
            found[f"version{law}"] = {"type": "XP_GesetzlicheGrundlage", **said}
    return found


def _without_laws(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if not name.startswith(("versionBau", "versionSonst"))}


def _ban(attributes: dict[str, Any]) -> None:
    """A ban on changes (Veränderungssperre) as one data type."""
    if attributes.get("veraenderungssperre") == "false":
        del attributes["veraenderungssperre"]
    start, end = (attributes.get(f"veraenderungssperre{name}") for name in ("Datum", "EndDatum"))
    if (
        not isinstance(start, str)
        or not isinstance(end, str)
        or isinstance(attributes.get("veraenderungssperre"), dict)
    ):
        return
    longer = attributes.pop("verlaengerungVeraenderungssperre", "1000")
    ban = {"type": "BP_VeraenderungssperreDaten", "startDatum": start, "endDatum": end, "verlaengerung": longer}
    decided = attributes.pop("veraenderungssperreBeschlussDatum", None)
    for name in ("Datum", "EndDatum"):
        attributes.pop(f"veraenderungssperre{name}")
    attributes["veraenderungssperre"] = ban | ({"beschlussDatum": decided} if isinstance(decided, str) else {})


def _split_contents(attributes: dict[str, Any], drawn: set[str]) -> None:
    """Signs and labels are told apart from contents since 5.0."""
    inside: list[Any] = []
    signs = _listed(attributes.get("praesentationsobjekt"))
    for value in _listed(attributes.get("planinhalt")):
        sign = isinstance(value, dict) and value.get("href", "")[1:] in drawn
        (signs if sign else inside).append(value)
    for name, values in (("planinhalt", inside), ("praesentationsobjekt", signs)):
        if values:
            attributes[name] = values
        else:
            attributes.pop(name, None)


def _roof(attributes: dict[str, Any]) -> None:
    """Forms of roofs one by one, with the pitch; several forms share it."""
    told = {name: attributes.pop(name) for name in ROOF if name in attributes}
    if not told:
        return
    forms, details = (_listed(told.pop(name, None)) for name in ("dachform", "detaillierteDachform"))
    pitch = {name: value for name, value in told.items() if not isinstance(value, list)}
    shapes = [{"dachform": form} for form in forms] or [{}]
    for shape, detail in zip(shapes, details, strict=False):
        shape["detaillierteDachform"] = detail
    made = [{"type": "BP_Dachgestaltung", **pitch, **shape} for shape in shapes]
    attributes["dachgestaltung"] = (
        _joined(attributes["dachgestaltung"], made) if "dachgestaltung" in attributes else made
    )


def _references(attributes: dict[str, Any]) -> None:
    """Documents under one name, each with what it is."""
    for name, code in REFERENCES.items():
        for value in _listed(attributes.pop(name, None)):
            if isinstance(value, dict) and "type" in value:
                told = {**value, "type": "XP_SpezExterneReferenz", "typ": code}
                attributes["externeReferenz"] = _joined(attributes["externeReferenz"], told) if (
                    "externeReferenz" in attributes) else told  # fmt: skip


def _purpose(kind: str, attributes: dict[str, Any]) -> None:
    """Purpose with detail and words as one data type, and what the new class calls it."""
    general = _listed(attributes.get("zweckbestimmung"))
    special = _listed(attributes.get("sondernutzung"))
    target = renamed_class(kind)
    if target == "SO_Gewaesser" and general:
        attributes.pop("zweckbestimmung")
        attributes["artDerFestlegung"] = [WATERS.get(str(code), "9999") for code in general]
    elif target == "SO_Strassenverkehr":
        if kind == "SO_Strassenverkehrsrecht":
            roads = _listed(attributes.pop("artDerFestlegung", None))
            if roads:
                attributes["einteilung"] = roads
        elif general:
            attributes.pop("zweckbestimmung")
            attributes["artDerFestlegung"] = [_street(kind, value) for value in general]
        special_purpose = kind == "BP_VerkehrsflaecheBesondererZweckbestimmung"
        attributes["hatDarstellungMitBesondZweckbest"] = "true" if special_purpose else "false"
    for name, values in (("zweckbestimmung", general), ("sondernutzung", special)):
        if len(values) == 1 and isinstance(values[0], str) and name in attributes:
            _complete(attributes, name, values[0])


def _street(kind: str, value: Any) -> Any:
    """Purpose of a traffic area in the codes of 6.0; those of land-use plans are mostly the same."""
    if isinstance(value, dict):
        return {**value, "type": "", "allgemein": _street(kind, value.get("allgemein", ""))}
    code = str(value)
    if kind.startswith("BP_"):
        return STREETS.get(code, code)
    return STREETS[code] if code in ("3000", "3100", "3200", "3300") else code


def _complete(attributes: dict[str, Any], name: str, code: str) -> None:
    purpose = name == "zweckbestimmung"
    detail = attributes.pop("detaillierteZweckbestimmung" if purpose else "detaillierteSondernutzung", None)
    words = attributes.pop("textlicheErgaenzung" if purpose else "nutzungText", None)
    if detail is None and words is None:
        return
    attributes[name] = {"type": "", "allgemein": code}
    if detail is not None:
        attributes[name]["detail"] = detail
    if isinstance(words, str):
        attributes[name]["textlicheErgaenzung" if purpose else "nutzungText"] = words

"""The figures of a district as rows: number, unit, words, the method behind it and the data it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kastor.city.codelists import Words, roof_words, value_words
from kastor.city.statistics import ADDS_UP
from kastor.planning.district import YEARS, District
from kastor.store import Dataset

GROUPS: Mapping[str, Words] = {
    "area": {"de": "Gebiet", "en": "Area"},
    "people": {"de": "Menschen und Statistik", "en": "People and statistics"},
    "buildings": {"de": "Gebäude", "en": "Buildings"},
    "density": {"de": "Dichte (Anhaltswerte)", "en": "Density (indicative)"},
    "uses": {"de": "Nutzungen", "en": "Uses"},
    "storeys": {"de": "Geschosse", "en": "Storeys"},
    "roofs": {"de": "Dachformen", "en": "Roof forms"},
    "years": {"de": "Baujahre", "en": "Years of construction"},
    "green": {"de": "Bäume und Flächen", "en": "Trees and land"},
    "streets": {"de": "Straßen und Wege", "en": "Streets and paths"},
}
"""Groups of rows in their order."""

USES: Mapping[str, Words] = {
    "unknown": {"de": "Ohne Angabe", "en": "Not stated"},
    "residential": {"de": "Wohnen", "en": "Residential"},
    "commercial": {"de": "Gewerbe, Handel, Büro", "en": "Commercial"},
    "industrial": {"de": "Industrie", "en": "Industrial"},
    "public": {"de": "Öffentlich", "en": "Public"},
    "agricultural": {"de": "Landwirtschaft", "en": "Agricultural"},
    "outbuilding": {"de": "Garagen, Nebengebäude", "en": "Garages, outbuildings"},
    "other": {"de": "Sonstige", "en": "Other"},
}

METHODS: Mapping[str, Words] = {
    "geometry": {
        "de": "Aus dem gezeichneten Umriss, in der Ebene der Kartenprojektion.",
        "en": "From the outline, in the plane of the map projection.",
    },
    "count": {
        "de": "Ein Gebäude zählt, wenn der Schwerpunkt seines Grundrisses im Gebiet liegt (Regel „Schwerpunkt“), oder "
        "sobald es hineinragt (Regel „Anteil“). Gebäude aus zwei Datensätzen mit verschiedener Kennung zählen doppelt.",
        "en": "A building counts when the centroid of its footprint lies in the area (rule centroid), or as soon as it "
        "reaches in (rule share). Buildings of two datasets under different ids count twice.",
    },
    "footprint": {
        "de": "Summe der Grundrisse der gezählten Gebäude mit allen Teilen; bei der Regel „Anteil“ nur, was innen "
        "liegt.",
        "en": "Sum of the footprints of the buildings with all parts; under the rule share only what lies inside.",
    },
    "floor_area": {
        "de": "Geschosse mal Grundfläche je Gebäudeteil, von Außenkante zu Außenkante, ohne Dach- und Kellergeschosse. "
        "Wo die Quelle keine Geschosse nennt: Traufhöhe durch 3,0 m (Wohnen) oder 3,5 m, gerundet, mindestens eins; "
        "Hallen, Ställe und Garagen ein Geschoss. Ersetzt keine Berechnung nach BauNVO oder DIN 277.",
        "en": "Storeys times footprint for each part, outer edge to outer edge, without attics and basements. Where "
        "the source states no storeys: height of the eaves over 3.0 m (residential) or 3.5 m, rounded, at least one; "
        "halls, barns and garages one storey. Does not replace a computation under BauNVO or DIN 277.",
    },
    "height": {
        "de": "Höhe über Grund laut Quelle, sonst aus der Gestalt; das Mittel nach Grundfläche gewichtet.",
        "en": "Height above ground as the source states it, else from the shape; the mean is weighted by footprint.",
    },
    "density": {
        "de": "Grundfläche und Geschossfläche durch die Fläche des ganzen Gebiets mit Straßen und Grün. Nur ein "
        "Anhaltswert: GRZ und GFZ nach BauNVO beziehen sich auf das Baugrundstück.",
        "en": "Footprint and floor area over the whole area with streets and green. Indicative only: GRZ and GFZ under "
        "BauNVO refer to the building plot.",
    },
    "stated": {
        "de": "Wie die Quelle es angibt. Ein Gebäude aus mehreren Teilen hat die Geschosse seines höchsten Teils.",
        "en": "As the source states it. A building of several parts has the storeys of its highest part.",
    },
    "points": {
        "de": "Was im Gebiet steht, auch auf seinem Rand. Adressen jede Straße und Hausnummer einmal.",
        "en": "What stands in the area or on its border. Addresses: each street and number once.",
    },
    "land": {
        "de": "Am Rand abgeschnitten. Grün und Wasser: Überdeckungen einmal; einzelne Nutzungen: je Nutzung.",
        "en": "Cut at the border. Green and water: overlaps once; single uses: each for itself.",
    },
    "sealed": {
        "de": "Gebäude, Straßen (Länge mal Breite, sonst übliche Breite der Straßenart) und Parkplätze. Höfe, "
        "Zufahrten und Plätze fehlen: mindestens so viel ist versiegelt.",
        "en": "Buildings, streets (length times width, else the usual width of the class) and parking. Yards, drives "
        "and squares are missing: at least this much is sealed.",
    },
    "streets": {
        "de": "Länge der Achsen im Gebiet, am Rand abgeschnitten, je Straßenart.",
        "en": "Length of the axes in the area, cut at the border, by class.",
    },
    "statistics": {
        "de": "Zahlen der Stadtteile, auf das Gebiet umgerechnet. Von einem Stadtteil, der nur zum Teil im Gebiet "
        "liegt, zählt so viel, wie vom Boden seiner Wohngebäude (Geschosse mal Grundfläche) im Gebiet steht; bei "
        "Anteilen und Mittelwerten zählt jeder Stadtteil nach seinen Einwohnern im Gebiet. Das nimmt an, dass im "
        "Stadtteil überall gleich dicht gewohnt wird und alle gleich sind. Darum ist die Zahl eine Schätzung: Daneben "
        "steht, was nach der Fläche statt nach Wohngebäuden herauskäme. Die wahre Zahl kann auch außerhalb dieser "
        "Spanne liegen. Kleine Gebiete sind unsicherer als große.",
        "en": "Numbers of the districts, divided for the area. Of a district that lies in the area only in part as "
        "much counts as of the floor of its residential buildings (storeys times footprint) stands in the area; of "
        "shares and means each district counts by its inhabitants in the area. This assumes that within a district "
        "people live equally densely and are all alike. So the number is an estimate: beside it stands what dividing "
        "by area instead of homes would give. The true number may lie outside that range, too. Small areas are less "
        "certain than large ones.",
    },
    "statistics_by_area": {
        "de": "Zahlen der Stadtteile, nach der Fläche auf das Gebiet umgerechnet: Von einem Stadtteil, der nur zum "
        "Teil im Gebiet liegt, zählt der Anteil seiner Fläche. Nach Wohngebäuden geht es hier nicht: Es ist eine Zahl "
        "der Fläche, oder im Zwilling fehlen Wohngebäude des Stadtteils (weniger als 20 m² Geschossfläche je "
        "Einwohner). Für Einwohner ist das eine grobe Schätzung, denn auf Feldern und in Gewerbegebieten wohnt kaum "
        "jemand.",
        "en": "Numbers of the districts, divided for the area by area: of a district that lies in the area only in "
        "part its share of the area counts. Homes cannot be used here: it is a number of land, or the twin lacks homes "
        "of the district (less than 20 m² of floor per inhabitant). For inhabitants this is a rough estimate, since "
        "hardly anybody lives in fields and industrial estates.",
    },
    "statistics_whole": {
        "de": "Summe oder nach Einwohnern gewichtetes Mittel der Stadtteile, die alle ganz im Gebiet liegen, wie die "
        "Quelle sie nennt.",
        "en": "Sum, or mean weighted by inhabitants, of the districts, all of which lie in the area as a whole, as the "
        "source states them.",
    },
}
"""How each figure is made."""

_NEEDS = {
    "count": ("building",), "footprint": ("building",), "floor_area": ("building",), "height": ("building",),
    "density": ("building",), "stated": ("building",), "points": ("tree", "address", "building"),
    "land": ("land_use", "vegetation", "water"), "sealed": ("building", "street", "parking"), "streets": ("street",),
    "statistics": ("statistics", "district", "building"), "statistics_by_area": ("statistics", "district"),
    "statistics_whole": ("statistics", "district"),
}  # fmt: skip
"""Kinds of objects a method counts."""


@dataclass(frozen=True)
class Figure:
    """
    A row.

    Parameters
    ----------
    group, id
        Key into ``GROUPS``, name within it.
    label
        What it is.
    value, unit
        The number; None when nothing is known.
    method
        Key into ``METHODS``.
    estimated
        Share of the number that rests on estimates, 0..1.
    between
        Lowest and highest number that ways of estimating give; None where there is one way only.
    lacking
        Why there is no number; empty where there is one, or nothing more is known.
    adds_up
        Whether two areas together have the sum, so that bars of such numbers can be compared.
    """

    group: str
    id: str
    label: Words
    value: float | None
    unit: str
    method: str
    estimated: float = 0.0
    between: tuple[float, float] | None = None
    lacking: Words | None = None
    adds_up: bool = True


def figures(d: District) -> list[Figure]:
    """All rows of a district; classes nobody is in are left out."""
    found = [
        Figure("area", "size", {"de": "Fläche", "en": "Size"}, d.size, "m²", "geometry"),
        Figure("buildings", "count", {"de": "Gebäude", "en": "Buildings"}, d.buildings, "", "count"),
        Figure("buildings", "cut", {"de": "davon am Rand geschnitten", "en": "cut by the border"}, d.cut, "", "count"),
        Figure("buildings", "footprint", {"de": "Grundfläche", "en": "Footprint area"}, d.footprint, "m²", "footprint"),
        Figure(
            "buildings", "floor_area", {"de": "Geschossfläche", "en": "Floor area"}, d.floor_area, "m²", "floor_area",
            d.floor_area_estimated / d.floor_area if d.floor_area else 0.0,
        ),
        Figure(
            "buildings", "height_mean", {"de": "Mittlere Höhe", "en": "Mean height"},
            d.height_sum / d.footprint if d.footprint else None, "m", "height",
        ),
        Figure(
            "buildings", "height_max", {"de": "Höchstes Gebäude", "en": "Highest building"}, d.height_max or None, "m",
            "height",
        ),
        Figure("buildings", "addresses", {"de": "Adressen", "en": "Addresses"}, d.addresses, "", "points"),
        Figure(
            "density", "grz", {"de": "Überbaut, ähnlich GRZ", "en": "Built over, like GRZ"}, d.footprint / d.size, "",
            "density",
        ),
        Figure(
            "density", "gfz", {"de": "Geschossfläche, ähnlich GFZ", "en": "Floor area, like GFZ"},
            d.floor_area / d.size, "", "density", d.floor_area_estimated / d.floor_area if d.floor_area else 0.0,
        ),
    ]  # fmt: skip
    found += _people(d)
    for name, n in d.uses.most_common():
        found.append(Figure("uses", name, USES[name], n, "", "stated"))
    for name, floor in sorted(d.use_floor_area.items(), key=lambda pair: -pair[1]):
        label = {"de": f"Geschossfläche {USES[name]['de']}", "en": f"Floor area {USES[name]['en']}"}
        found.append(Figure("uses", f"floor_{name}", label, floor, "m²", "floor_area"))
    for n, count in sorted(d.storeys.items()):
        label = {"de": f"{n} Geschoss{'e' if n > 1 else ''}", "en": f"{n} storey{'s' if n > 1 else ''}"}
        found.append(Figure("storeys", str(n), label, count, "", "floor_area"))
    for code, count in d.roofs.most_common():
        label = roof_words(code) or {"de": "Ohne Angabe", "en": "Not stated"}
        found.append(Figure("roofs", str(code), label, count, "", "stated"))
    for first, count in sorted(d.years.items(), key=lambda pair: (pair[0] is None, pair[0] or 0)):
        found.append(Figure("years", str(first), _years(first), count, "", "stated"))
    found += _ground(d)
    for name, length in sorted(d.streets.items(), key=lambda pair: -pair[1]):
        label = value_words("highway", name) or {"de": name, "en": name}
        found.append(Figure("streets", name, label, length, "m", "streets"))
    return found


def _ground(d: District) -> list[Figure]:
    rows = [
        Figure("green", "trees", {"de": "Bäume", "en": "Trees"}, _if(d, d.trees, "tree"), "", "points"),
        Figure(
            "green",
            "green",
            {"de": "Grün und Freiflächen", "en": "Green and open land"},
            _if(d, d.green, "land_use", "vegetation"),
            "m²",
            "land",
        ),
        Figure("green", "water", {"de": "Gewässer", "en": "Water"}, d.water or _if(d, 0.0, "water"), "m²", "land"),
        Figure(
            "green",
            "sealed",
            {"de": "Versiegelt, mindestens", "en": "Sealed, at least"},
            _if(d, d.sealed, "building", "street"),
            "m²",
            "sealed",
        ),
    ]
    for name, size in sorted(d.land.items(), key=lambda pair: -pair[1]):
        words = value_words("landuse", name) or value_words("leisure", name) or value_words("natural", name)
        rows.append(Figure("green", f"land_{name}", words or {"de": name, "en": name}, size, "m²", "land"))
    return rows


def _people(d: District) -> list[Figure]:
    """Numbers of tables by district, and inhabitants by the hectare."""
    found = []
    for one in d.statistics:
        name, when = one.measure.name, in_words(one.period)
        label = {language: f"{name} ({when[language]})" for language in ("de", "en")}
        method = {"floor_area": "statistics", "area": "statistics_by_area", "whole": "statistics_whole"}[one.basis]
        names = ", ".join(one.lacking)
        lacking = {"de": f"keine Zahl für {names}", "en": f"no number for {names}"} if one.lacking else None
        # nobody counts parts of people
        digits = 0 if one.measure.what == "count" else 4
        numbers = [round(n, digits) for n in (one.value, one.other) if n is not None]
        between = (min(numbers), max(numbers)) if len(numbers) == 2 and one.estimated > 0 else None
        key, value, unit = f"{one.dataset}:{name}", numbers[0] if numbers else None, one.measure.unit
        adds_up = one.measure.what in ADDS_UP
        found.append(Figure("people", key, label, value, unit, method, one.estimated, between, lacking, adds_up))
    first = next((one for one in d.statistics if one.counts_inhabitants and one.value is not None), None)
    if first is not None and first.value is not None:
        label = {"de": f"{first.measure.name} je Hektar", "en": f"{first.measure.name} per hectare"}
        number = first.value / d.size * 10_000.0
        found.append(Figure("people", "density", label, number, "/ha", found[0].method, first.estimated))
    return found


def in_words(period: str) -> Words:
    """
    A period as people write it.

    Examples
    --------
    >>> in_words("2023-12-31")["de"], in_words("2023-Q4")["de"], in_words("2023")["en"]
    ('31.12.2023', '4. Quartal 2023', '2023')
    """
    parts = period.split("-")
    if len(parts) == 3:
        return {"de": ".".join(reversed(parts)), "en": period}
    if len(parts) == 2 and parts[1].startswith("Q"):
        return {"de": f"{parts[1][1:]}. Quartal {parts[0]}", "en": f"{parts[1]} {parts[0]}"}
    return {"de": "/".join(reversed(parts)), "en": period}


def _if(d: District, value: float, *kinds: str) -> float | None:
    """A number, None where the twin has no objects of these kinds at all."""
    return value if d.known.intersection(kinds) else None


def _years(first: int | None) -> Words:
    if first is None:
        return {"de": "Ohne Angabe", "en": "Not stated"}
    if first == 0:
        return {"de": f"vor {YEARS[0]}", "en": f"before {YEARS[0]}"}
    later = [year for year in YEARS if year > first]
    text = f"{first}–{later[0] - 1}" if later else f"ab {first}"
    return {"de": text, "en": text.replace("ab", "from")}


def sources_of(method: str, datasets: list[Dataset]) -> list[Dataset]:
    """The datasets a method takes its numbers from."""
    kinds = _NEEDS.get(method, ())
    return [d for d in datasets if not d.ended and any(d.kinds.get(kind) for kind in kinds)]

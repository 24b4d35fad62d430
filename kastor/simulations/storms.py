"""How hard it rains: design rain of a place, the course of a storm, and what people call it.

The table that comes along is KOSTRA-DWD-2010R of the Deutscher Wetterdienst. Scenarios and the heavy-rain index
(Starkregenindex) are data, each with its source, in ``data/storms.json``.
"""

from __future__ import annotations

import functools
import json
import math
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from kastor.city.rainfall import DesignRain
from kastor.simulations.scene import Rain

CRS = "EPSG:3034"
"""Plane system of the cells of the design rain."""

STEP = 5
"""Length of the intervals of a storm whose course is computed. [min]"""

PEAK = 1 / 3
"""Share of the duration before the peak of an Euler storm of type II; some texts take 0.3."""

MOST = 1000.0
"""Deepest rain accepted; the most ever measured in an hour is about 300. [mm]"""


class StormError(ValueError):
    """A storm that cannot be; the message names the value and what is allowed, ``de`` is the same sentence."""

    def __init__(self, en: str, de: str) -> None:
        super().__init__(en)
        self.words = {"de": de, "en": en}


@dataclass(frozen=True, eq=False)
class Storm:
    """
    One storm.

    Parameters
    ----------
    minutes
        Ends of the intervals, ascending, shape (n,). [min]
    depths
        Rain of each interval, shape (n,). [mm]
    source
        Where the figures come from.
    tolerance
        How far all the rain may be off either way, as a share of it; None where nobody says.
    """

    minutes: NDArray[np.float64]
    depths: NDArray[np.float64]
    source: str
    tolerance: float | None = None

    @property
    def depth(self) -> float:
        """All rain. [mm]"""
        return float(self.depths.sum())

    @property
    def rain(self) -> Rain:
        """The same for a simulation."""
        times = np.concatenate([[0.0], self.minutes * 60])
        return Rain(times, np.concatenate([[0.0], np.cumsum(self.depths) / 1000]))


def design_rain(east: float, north: float) -> DesignRain:
    """
    Design rain of a place.

    Parameters
    ----------
    east, north
        In :data:`CRS`. [m]

    Raises
    ------
    StormError
        Where the table has no rain: outside of Germany.
    """
    table = _kostra()
    (west, top), (width, height) = table["corner"], table["cell"]
    col, row = math.floor((east - west) / width), math.floor((top - north) / height)
    rows, cols = table["number"].shape
    number = table["number"][row, col] if 0 <= row < rows and 0 <= col < cols else -1
    if number < 0:
        raise StormError(
            f"there is no design rain at {east:.0f} east, {north:.0f} north in {CRS}; the table covers Germany",
            f"bei {east:.0f} Ost, {north:.0f} Nord in {CRS} gibt es keinen Bemessungsregen; die Tabelle reicht über"
            " Deutschland",
        )
    depths = table["tenths"][:, :, number] / 10.0
    return DesignRain(row * 1000 + col, table["minutes"].astype(float), table["years"].astype(float), depths)


def design_rain_near(crs: str, east: float, north: float) -> DesignRain | None:
    """Design rain of a place in any plane system, None where the table has none. [m]"""
    plane = crs.split("+")[0]
    found = pyproj.Transformer.from_crs(plane, CRS, always_xy=True).transform(east, north)
    if not np.isfinite(found).all():
        return None
    try:
        return design_rain(*found)
    except StormError:
        return None


def depth(table: DesignRain, minutes: float, years: float) -> float:
    """
    Depth of rain of a duration and return period. [mm]

    Between durations the logarithms of both are linear, between return periods the depth by their logarithm.

    Raises
    ------
    StormError
        Outside of the table; it is not extrapolated.
    """
    for name, german, value, values in (
        ("duration", "Dauer", minutes, table.minutes), ("return period", "Wiederkehrzeit", years, table.years),
    ):  # fmt: skip
        if not values[0] <= value <= values[-1]:
            raise StormError(
                f"a {name} of {value:g} is not in the table; {values[0]:g} to {values[-1]:g} is",
                f"eine {german} von {value:g} steht nicht in der Tabelle; möglich ist {values[0]:g} bis {values[-1]:g}",
            )
    return float(np.interp(math.log(years), np.log(table.years), _by_year(table, minutes)))


def tolerance(table: DesignRain, minutes: float, years: float) -> float | None:
    """How far the depth may be off either way, as a share of it, that of the nearest entry; None where unknown."""
    if table.tolerance is None:
        return None
    duration = int(np.abs(np.log(table.minutes / minutes)).argmin())
    found = float(table.tolerance[duration, np.abs(np.log(table.years / years)).argmin()])
    return found if math.isfinite(found) else None


def return_period(table: DesignRain, minutes: float, millimetres: float) -> float:
    """Return period of a depth of rain in a duration; continued beyond the ends of the table by its last slope. [a]"""
    depths = _by_year(table, minutes)
    logs = np.log(table.years)
    k = int(np.clip(np.searchsorted(depths, millimetres), 1, len(depths) - 1))
    share = (millimetres - depths[k - 1]) / (depths[k] - depths[k - 1])
    return float(np.exp(min(logs[k - 1] + share * (logs[k] - logs[k - 1]), 50.0)))


def _by_year(table: DesignRain, minutes: float) -> NDArray[np.float64]:
    """Depth in a duration for each return period of the table, shape (t,). [mm]"""
    logs = np.log(table.minutes)
    return np.exp([np.interp(math.log(minutes), logs, column) for column in np.log(table.depths).T])


def euler(table: DesignRain, minutes: int, years: float, peak: float = PEAK) -> Storm:
    """
    Storm in which every duration has the same return period, after Euler, type II.

    The gains of depth from duration to duration are sorted; the greatest falls at ``peak`` of the
    duration, the next ones before it, back to the start, the rest after it.

    Parameters
    ----------
    minutes
        Duration, a multiple of :data:`STEP`. [min]
    years
        Return period. [a]
    peak
        Share of the duration at which the greatest intensity ends, 0 to 1; 0 gives type I.

    Raises
    ------
    StormError
        When duration or peak cannot be.
    """
    if minutes < STEP or minutes % STEP or not 0 <= peak <= 1:
        raise StormError(
            f"{minutes} min with its peak at {peak:g} cannot be; durations are multiples of {STEP} min",
            f"{minutes} min mit der Spitze bei {peak:g} sind nicht möglich; Dauern sind Vielfache von {STEP} min",
        )
    ends = np.arange(STEP, minutes + STEP, STEP)
    reached = np.maximum.accumulate([depth(table, d, years) for d in ends.tolist()])
    gains = np.sort(np.diff(reached, prepend=0.0))[::-1]
    before = math.floor(round(peak * minutes / STEP, 3))
    ordered = np.concatenate([gains[:before][::-1], gains[before:]])
    return Storm(ends.astype(float), ordered, f"Euler II, {minutes} min, {years:g} a, {table.source}")


def block(minutes: float, millimetres: float, source: str = "") -> Storm:
    """
    Rain of the same intensity all the time.

    Parameters
    ----------
    minutes
        Duration, up to 4320. [min]
    millimetres
        Depth, up to :data:`MOST`. [mm]

    Raises
    ------
    StormError
        When duration or depth cannot be.
    """
    if not 0 < minutes <= 4320:
        raise StormError(
            f"a duration of {minutes:g} min is not possible; 1 to 4320 is",
            f"eine Dauer von {minutes:g} min ist nicht möglich; möglich ist 1 bis 4320",
        )
    if not 0 <= millimetres <= MOST:
        raise StormError(
            f"{millimetres:g} mm of rain are not possible; 0 to {MOST:g} mm is",
            f"{millimetres:g} mm Regen sind nicht möglich; möglich sind 0 bis {MOST:g} mm",
        )
    return Storm(np.array([float(minutes)]), np.array([float(millimetres)]), source or f"{millimetres:g} mm, even")


def recorded(minutes: NDArray[np.float64], millimetres: NDArray[np.float64], source: str) -> Storm:
    """
    A storm as it was measured or made up.

    Parameters
    ----------
    minutes
        Ends of the intervals, the first one beginning at 0, shape (n,). [min]
    millimetres
        Rain of each, shape (n,). [mm]

    Raises
    ------
    StormError
        When times do not ascend, depths are negative or together above :data:`MOST`, or their numbers differ.
    """
    minutes, millimetres = np.asarray(minutes, np.float64), np.asarray(millimetres, np.float64)
    if minutes.ndim != 1 or not len(minutes) or minutes.shape != millimetres.shape:
        raise StormError(
            f"{minutes.size} times and {millimetres.size} depths; there must be one depth for each time",
            f"{minutes.size} Zeiten und {millimetres.size} Mengen; zu jeder Zeit gehört eine Menge",
        )
    if not (np.isfinite(minutes).all() and np.isfinite(millimetres).all()):
        raise StormError("a storm has values that are no numbers", "ein Regen hat Werte, die keine Zahlen sind")
    if minutes[0] <= 0 or (np.diff(minutes) <= 0).any():
        raise StormError(
            "the times of a storm must ascend, from more than 0 min",
            "die Zeiten eines Regens müssen steigen und über 0 min beginnen",
        )
    if (millimetres < 0).any() or millimetres.sum() > MOST:
        raise StormError(
            f"{millimetres.sum():g} mm, the least {millimetres.min():g}; 0 to {MOST:g} mm are possible",
            f"{millimetres.sum():g} mm, der kleinste Wert {millimetres.min():g}; möglich sind 0 bis {MOST:g} mm",
        )
    return Storm(minutes, millimetres, source)


def rain_index(table: DesignRain, minutes: float, millimetres: float) -> int:
    """
    Heavy-rain index (Starkregenindex) of a depth of rain in a duration, 1 to 12; 0 for rain of every day.

    Source: Schmitt et al. (2018), named in ``data/storms.json``.
    """
    classes = texts()["index"]
    years = return_period(table, minutes, millimetres)
    if years <= 0.3:
        return 0
    for most, number in classes["years"]:
        # a depth taken from the table finds its return period again, but for the last bits
        if years <= most * (1 + 1e-9):
            return int(number)
    factor = millimetres / depth(table, minutes, 100)
    return next((int(number) for most, number in classes["factors"] if factor <= most * (1 + 1e-9)), 12)


def scenario(identifier: str, case: str, table: DesignRain | None) -> Storm:
    """
    Storm of a guideline.

    Parameters
    ----------
    identifier
        ``lubw``, ``nrw`` or ``bkg``.
    case
        ``rare``, ``exceptional`` or ``extreme``.
    table
        Design rain of the place; needed unless the guideline gives the depth itself.

    Raises
    ------
    StormError
        When there is no such scenario, or it needs a table and gets none.
    """
    known = {s["id"]: s for s in texts()["scenarios"]}
    if identifier not in known or case not in known[identifier]["storms"]:
        cases = [f"{s} {c}" for s in known for c in known[s]["storms"]]
        raise StormError(
            f"there is no scenario {identifier} {case}; there are {', '.join(cases)}",
            f"das Szenario {identifier} {case} gibt es nicht; es gibt {', '.join(cases)}",
        )
    storm, source = known[identifier]["storms"][case], known[identifier]["source"]
    if "millimetres" in storm:
        return block(storm["minutes"], storm["millimetres"], source)
    if table is None:
        raise StormError(
            f"scenario {identifier} {case} needs the design rain of the place",
            f"das Szenario {identifier} {case} braucht den Bemessungsregen des Orts; wählen Sie „Eigener Regen“",
        )
    if storm["course"] == "euler":
        made = euler(table, storm["minutes"], storm["years"])
    else:
        made = block(storm["minutes"], depth(table, storm["minutes"], storm["years"]))
    off = tolerance(table, storm["minutes"], storm["years"])
    return Storm(made.minutes, made.depths, f"{source}; {table.source}", off)


@functools.cache
def texts() -> dict[str, Any]:
    """Scenarios and the heavy-rain index with titles, colours and sources."""
    found: dict[str, Any] = json.loads(_file("storms.json").decode())
    return found


def _file(name: str) -> bytes:
    return resources.files("kastor.simulations").joinpath("data", name).read_bytes()


@functools.cache
def _kostra() -> dict[str, NDArray[Any]]:
    """The packed table; ``number`` holds the position of each cell in ``tenths``, -1 where there is none."""
    place = resources.files("kastor.simulations").joinpath("data", "kostra-dwd-2010r.npz")
    with place.open("rb") as file, np.load(file, allow_pickle=False) as packed:
        parts = {name: packed[name] for name in packed.files}
    gains = parts["low"].astype(np.int32) + 256 * parts["high"].astype(np.int32)
    covered = parts["covered"]
    number = np.full(covered.shape, -1)
    number[covered] = np.arange(covered.sum())
    tenths = np.cumsum(np.cumsum(gains, axis=1), axis=2)
    return {**parts, "number": number, "tenths": tenths}

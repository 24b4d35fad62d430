"""What another server answers, as a result of this one: checked like that of any process, in the tenant's system.

The result document of a Kastor server is taken whole. Of other servers each output is taken by its kind: numbers as
indicators, GeoTIFF as rasters, GeoJSON as features.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyproj
import rasterio
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT

from kastor.city.site import Source
from kastor.planning.remote.calls import RemoteError, Server
from kastor.planning.remote.description import RemoteProcess, output_id
from kastor.process import Features, Indicator, Raster, Result, Series, Words, WrongResult

PROFILE = "kastor-result-1"

MOST_VALUES = 200_000_000
"""Values of one raster, all bands together."""

MOST_FEATURES = 500_000

CRS84 = "OGC:CRS84"


class _Number(BaseModel):
    id: str
    value: float | None = None
    unit: str
    low: float | None = None
    high: float | None = None


class _File(BaseModel):
    id: str
    unit: str
    href: str
    times: tuple[float, ...] = ()


class _Series(BaseModel):
    id: str
    unit: str
    name: str = ""
    place: tuple[float, float] | None = None
    times: list[float]
    values: list[float | None]


class _Source(BaseModel):
    id: str
    title: str
    attribution: str = ""
    licence: str = ""
    date: str = ""


class _Document(BaseModel):
    """A result document as far as it is taken over."""

    id: str
    crs: str
    indicators: list[_Number] = []
    rasters: list[_File] = []
    features: list[_File] = []
    series: list[_Series] = []
    notes: list[dict[str, str]] = []
    account: dict[str, float | int | str] = {}
    attribution: list[_Source] = []


class Reader:
    """
    Reads answers of another server.

    Parameters
    ----------
    server
        Where files are fetched from.
    process
        What was asked for.
    crs
        Of the tenant.
    room
        Directory for files that are read and removed again.
    """

    def __init__(self, server: Server, process: RemoteProcess, crs: str, room: Path) -> None:
        self._server, self._process, self._room = server, process, room
        self._plane = pyproj.CRS.from_user_input(crs.split("+")[0])

    def _wrong(self, en: str, de: str) -> WrongResult:
        """What is wrong with what the other server gave."""
        return WrongResult(f"{self._server.host}: {en}", f"{self._server.host}: {de}")

    def profile(self, content: Any, address: str) -> tuple[Result, tuple[Source, ...]]:
        """A result in the result profile, whose document lies at an address."""
        try:
            said = _Document.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(step) for step in first["loc"])
            raise self._wrong(
                f"its result has no fitting {where}: {first['msg']}.",
                f"seinem Ergebnis fehlt {where}, oder es passt nicht: {first['msg']}.",
            ) from None
        beside = address.rstrip("/") + "/"
        result = Result(
            indicators=tuple(Indicator(n.id, n.value, n.unit, n.low, n.high) for n in said.indicators),
            rasters=tuple(self._raster(f.id, f.unit, self._at(f.href, beside), f.times) for f in said.rasters),
            features=tuple(self._fetched(f.id, f.unit, self._at(f.href, beside)) for f in said.features),
            series=tuple(self._series(s, said.crs) for s in said.series),
            notes=tuple(_words(note) for note in said.notes),
            account={**said.account, "remote_result": said.id},
        )
        return result, tuple(Source(**source.model_dump()) for source in said.attribution)

    def outputs(self, content: Mapping[str, Any], address: str) -> Result:
        """Outputs one by one, as every server of the standard gives them in a document."""
        kinds = {output.id: output for output in self._process.about.outputs}
        indicators, rasters, features = [], [], []
        for key, given in content.items():
            output = kinds.get(output_id(key))
            if output is None or given is None:
                continue
            if output.type == "indicator":
                indicators.append(_indicator(output.id, output.unit, given))
            elif output.type == "raster" and isinstance(given, dict) and "href" in given:
                rasters.append(self._raster(output.id, output.unit, self._at(str(given["href"]), address), ()))
            elif output.type == "features":
                features.append(self._features(output.id, output.unit, self._value(given, address)))
            else:
                raise self._wrong(
                    f"{key!r} came in a way that is not read; rasters come by href.",
                    f"{key!r} kam auf eine Art, die nicht gelesen wird; Raster kommen über href.",
                )
        return Result(tuple(indicators), tuple(rasters), tuple(features))

    def _at(self, href: str, beside: str) -> str:
        return self._server.resolved(href, beside)

    def _value(self, given: Any, address: str) -> Any:
        if isinstance(given, dict) and "href" in given:
            return self._server.json(self._at(str(given["href"]), address))[0]
        return given["value"] if isinstance(given, dict) and "value" in given else given

    def _series(self, said: _Series, crs: str) -> Series:
        place = said.place
        if place is not None:
            moved = _moved(np.array([shapely.Point(place)]), _system(crs, self._server), self._plane)[0]
            place = (moved.x, moved.y)
        values = np.array([np.nan if v is None else v for v in said.values])
        if len(values) != len(said.times):
            raise self._wrong(
                f"the series {said.id!r} has not a value for each time.",
                f"die Zeitreihe {said.id!r} hat nicht zu jeder Zeit einen Wert.",
            )
        return Series(said.id, said.unit, said.name, np.array(said.times), values, place)

    def _fetched(self, name: str, unit: str, address: str) -> Features:
        return self._features(name, unit, self._server.json(address)[0])

    def _features(self, name: str, unit: str, content: Any) -> Features:
        listed = content.get("features") if isinstance(content, dict) else None
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise self._wrong(
                f"{name!r} is no GeoJSON FeatureCollection.", f"{name!r} ist keine FeatureCollection in GeoJSON."
            )
        if len(listed) > MOST_FEATURES:
            raise self._wrong(
                f"{name!r} has more than {MOST_FEATURES:,} features.", f"{name!r} hat mehr als {MOST_FEATURES} Objekte."
            )
        try:
            shapes = shapely.from_geojson([orjson.dumps(one.get("geometry")) for one in listed])
        except shapely.errors.ShapelyError as error:
            raise self._wrong(
                f"{name!r} has a geometry that is none ({error}).",
                f"{name!r} hat eine Geometrie, die keine ist ({error}).",
            ) from None
        shapes = _moved(np.atleast_1d(shapes), _named(content, self._server), self._plane)
        ids = tuple(str(one.get("id", number)) for number, one in enumerate(listed))
        return Features(name, unit, ids, shapes, _columns([one.get("properties") or {} for one in listed]))

    def _raster(self, name: str, unit: str, address: str, times: Sequence[float]) -> Raster:
        file = self._room / f"{secrets.token_hex(8)}.tif"
        self._server.download(address, file)
        try:
            return self._read(file, name, unit, tuple(times))
        except RasterioError as error:
            raise self._wrong(
                f"the raster {name!r} cannot be read ({error}).",
                f"das Raster {name!r} lässt sich nicht lesen ({error}).",
            ) from None
        finally:
            file.unlink(missing_ok=True)

    def _read(self, file: Path, name: str, unit: str, times: tuple[float, ...]) -> Raster:
        with ExitStack() as opened:
            source = opened.enter_context(rasterio.open(file, driver="GTiff"))
            if source.crs is None:
                raise self._wrong(
                    f"the raster {name!r} names no reference system.", f"das Raster {name!r} nennt kein Bezugssystem."
                )
            self._check_size(name, source)
            bands = tuple(range(1, source.count + 1)) if times else (1,)
            if times and len(times) != source.count:
                raise self._wrong(
                    f"{name!r} has {source.count} bands, {len(times)} times.",
                    f"{name!r} hat {source.count} Bänder, aber {len(times)} Zeiten.",
                )
            # with a height system GDAL gives the unit of the heights, whatever the values are
            flat = not pyproj.CRS.from_wkt(source.crs.to_wkt()).is_compound
            if flat and any(found not in (None, "", unit) for found in source.units):
                raise self._wrong(
                    f"{name!r} came in {source.units[0]!r}, declared is {unit!r}.",
                    f"{name!r} kam in {source.units[0]!r}, angekündigt ist {unit!r}.",
                )
            if not self._fits(source):
                source = opened.enter_context(
                    WarpedVRT(source, crs=self._plane.to_wkt(), resampling=Resampling.nearest, nodata=np.nan,
                              dtype="float32")
                )  # fmt: skip
                self._check_size(name, source)
            values = source.read(bands, masked=True, out_dtype=np.float32).filled(np.nan)
            transform = source.transform
        return Raster(name, unit, transform.c, transform.f, transform.a, values if times else values[0], times)

    def _check_size(self, name: str, source: Any) -> None:
        if source.width * source.height * source.count > MOST_VALUES:
            raise self._wrong(
                f"the raster {name!r} has more than {MOST_VALUES:,} values.",
                f"das Raster {name!r} hat mehr als {MOST_VALUES} Werte.",
            )

    def _fits(self, source: Any) -> bool:
        """Whether a raster has square cells, north up, in the plane system of the tenant."""
        here = source.transform
        square = here.b == here.d == 0 and here.a > 0 and abs(here.a + here.e) <= 1e-9 * here.a
        return square and _flat(pyproj.CRS.from_wkt(source.crs.to_wkt())).equals(self._plane, ignore_axis_order=True)


def _words(note: Mapping[str, str]) -> Words:
    either = note.get("de") or note.get("en") or ""
    return {"de": note.get("de") or either, "en": note.get("en") or either}


def _indicator(name: str, unit: str, given: Any) -> Indicator:
    """A plain number, or one with its unit as servers write it (``value`` and ``uom``)."""
    value = given.get("value") if isinstance(given, dict) else given
    said = given.get("uom") if isinstance(given, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongResult(f"{name}: {str(value)[:60]!r} is no number.", f"{name}: {str(value)[:60]!r} ist keine Zahl.")
    return Indicator(name, float(value), said if isinstance(said, str) else unit)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float | int | str | bool | None]]:
    """Properties by name; what is no plain value as JSON."""
    names = dict.fromkeys(itertools.chain.from_iterable(rows))
    return {name: [_plain(row.get(name)) for row in rows] for name in names}


def _plain(value: Any) -> float | int | str | bool | None:
    return value if value is None or isinstance(value, float | int | str | bool) else orjson.dumps(value).decode()


def _named(content: Mapping[str, Any], server: Server) -> pyproj.CRS:
    """Reference system of a GeoJSON document, longitude and latitude unless it names another."""
    crs = content.get("crs")
    named = crs.get("properties", {}).get("name") if isinstance(crs, dict) else content.get("coordRefSys")
    return _system(named if isinstance(named, str) else CRS84, server)


def _system(name: str, server: Server) -> pyproj.CRS:
    try:
        return _flat(pyproj.CRS.from_user_input(name.split("+")[0]))
    except pyproj.exceptions.CRSError:
        raise RemoteError(
            f"{server.host}: {name[:80]!r} is no reference system that is known here.",
            f"{server.host}: Das Bezugssystem {name[:80]!r} ist hier nicht bekannt.",
        ) from None


def _flat(crs: pyproj.CRS) -> pyproj.CRS:
    """The plane part of a system."""
    return crs.sub_crs_list[0] if crs.is_compound else crs


def _moved(shapes: NDArray[np.object_], source: pyproj.CRS, target: pyproj.CRS) -> NDArray[np.object_]:
    flat = shapely.force_2d(shapes)
    if source.equals(target, ignore_axis_order=True):
        return np.asarray(flat)
    change = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return np.asarray(shapely.transform(flat, lambda xy: np.column_stack(change.transform(*xy.T))))

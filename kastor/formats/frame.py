"""The local frame of a tenant: metres east, north and up at one point, as the browser draws them.

Map projections stretch and turn: taken for a local frame they are off by metres at the edge of
one square kilometre. So every vertex goes through geocentric coordinates, with the quasigeoid
as the height step. Buildings and terrain share the step and cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray

from kastor.formats.crs_names import DHHN2016, OLDER_GERMAN_HEIGHTS, normalise
from kastor.formats.errors import UnknownCrs
from kastor.formats.operations import Operation, Place, middle, operation, prepare_grids

GEOCENTRIC = "EPSG:4936"
GEOGRAPHIC = "EPSG:4937"
QUASIGEOID = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad"
    " +step +proj=vgridshift +grids=de_bkg_gcg2016.tif +multiplier=1"
)
"""From degrees and heights in DHHN2016 to heights above the ellipsoid."""

REACH = 10_000.0
"""Radius of the disc the polynomials are fitted to. [m]"""


@dataclass(frozen=True)
class Polynomials:
    """
    Frame <-> map as cubic polynomials; terms and rows as documented in ``browser/src/api.ts``.

    Parameters
    ----------
    to_scene, to_map
        Three rows of 13 coefficients each. [m]
    residual
        Largest error of either against the exact way, within the fitted disc: below 0.1 mm in plan, in height what
        the quasigeoid is rougher than a cubic (1 cm in the plains, up to 13 cm over 20 km in the Alps). [m]
    """

    to_scene: list[list[float]]
    to_map: list[list[float]]
    residual: float


@dataclass(frozen=True, eq=False)
class Frame:
    """
    Local east-north-up frame of a tenant; make one with :func:`frame_at`.

    Parameters
    ----------
    crs
        Reference system of the map coordinates.
    origin
        Map coordinates of the origin: east, north, height. [m]
    longitude, latitude, height
        The origin in ETRS89: degrees, and metres above the ellipsoid.
    steps
        The way from map coordinates to geocentric ones.
    title, accuracy
        The same in words, with its stated accuracy in metres.
    transform
        Frame to geocentric coordinates, 16 numbers, column by column, as in a root tile.
    """

    crs: str
    origin: tuple[float, float, float]
    longitude: float
    latitude: float
    height: float
    steps: tuple[Operation, ...]
    title: str
    accuracy: float
    transform: list[float]

    def to_local(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map coordinates, shape (n, 3), to metres east, north and up of the origin."""
        axes, centre = self._axes()
        return (_geocentric(xyz, self.steps, self.crs) - centre) @ axes

    def to_map(self, local: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metres east, north and up of the origin, shape (n, 3), to map coordinates."""
        axes, centre = self._axes()
        xyz = local @ axes.T + centre
        for step in reversed(self.steps):
            xyz = step.apply(xyz, inverse=True)
        return xyz

    def to_geographic(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map coordinates, shape (n, 3), to longitude, latitude [degrees] and height above the ellipsoid [m]."""
        near = (round(self.longitude, 1), round(self.latitude, 1))
        return operation(GEOCENTRIC, GEOGRAPHIC, near).apply(_geocentric(xyz, self.steps, self.crs))

    def polynomials(self, reach: float = REACH) -> Polynomials:
        """Fit both directions on a disc of the radius ``reach`` around the origin. [m]"""
        samples, checks = _grid(reach, 21), _grid(reach, 26)
        local, checks_local = self._offsets(samples), self._offsets(checks)
        scene = _fitted(samples, local)
        back = _fitted(local, samples)
        residual = max(
            float(np.abs(_terms(checks) @ scene - checks_local).max()),
            float(np.abs(_terms(checks_local) @ back - checks).max()),
        )
        return Polynomials(scene.T.tolist(), back.T.tolist(), residual)

    def _offsets(self, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.to_local(offsets + np.array(self.origin))

    def _axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        matrix = np.array(self.transform).reshape(4, 4).T
        return matrix[:3, :3], matrix[:3, 3]


def frame_at(crs: str, origin: tuple[float, float, float]) -> Frame:
    """
    The local frame at a point of a map.

    Parameters
    ----------
    crs
        Reference system such as ``"EPSG:25832+7837"``. Without a height system heights count as DHHN2016 in
        Germany, and as heights above the ellipsoid elsewhere.
    origin
        East, north, height. [m]

    Raises
    ------
    UnknownCrs
        When no exact operation leads to geocentric coordinates there.
    """
    steps = _steps(crs, origin)
    point = np.array([origin])
    centre = _geocentric(point, steps, crs)
    near = middle(point, f"EPSG:{normalise(crs).horizontal}")
    longitude, latitude, height = operation(GEOCENTRIC, GEOGRAPHIC, near).apply(centre)[0].tolist()
    lam, phi = np.radians(longitude), np.radians(latitude)
    matrix = np.eye(4)
    matrix[:3, 0] = -np.sin(lam), np.cos(lam), 0.0
    matrix[:3, 1] = -np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)
    matrix[:3, 2] = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    matrix[:3, 3] = centre[0]
    return Frame(
        crs=crs,
        origin=origin,
        longitude=longitude,
        latitude=latitude,
        height=height,
        steps=steps,
        title=" + ".join(step.title for step in steps),
        accuracy=sum(step.accuracy for step in steps),
        transform=matrix.T.ravel().tolist(),
    )


def _steps(crs: str, origin: tuple[float, float, float]) -> tuple[Operation, ...]:
    system = normalise(crs)
    plane = f"EPSG:{system.horizontal}"
    near = middle(np.array([origin]), plane)
    vertical = DHHN2016 if system.vertical in OLDER_GERMAN_HEIGHTS else system.vertical
    if vertical is None and _in_germany(near):
        vertical = DHHN2016
    if vertical == DHHN2016 and 25831 <= system.horizontal <= 25833:
        return (operation(f"{plane}+{vertical}", GEOCENTRIC, near),)
    base = "EPSG:4258" if vertical else GEOGRAPHIC
    rise = operation(f"{base}+{vertical}" if vertical else base, GEOCENTRIC, near)
    return _planar(operation(plane, "EPSG:4258", near)), rise


def _in_germany(near: Place) -> bool:
    """Whether the quasigeoid reaches a place; PROJ would search longest where there is no way."""
    prepare_grids()
    found = pyproj.Transformer.from_pipeline(QUASIGEOID).transform(*near, 0.0)
    return bool(np.isfinite(found).all())


@dataclass(frozen=True, eq=False)
class _Planar(Operation):
    """An operation on plan coordinates that lets heights pass."""

    def apply(self, xyz: NDArray[np.float64], inverse: bool = False) -> NDArray[np.float64]:
        return np.column_stack([super().apply(xyz[:, :2], inverse), xyz[:, 2]])


def _planar(step: Operation) -> _Planar:
    return _Planar(step.transformer, step.title, step.accuracy)


def _geocentric(xyz: NDArray[np.float64], steps: tuple[Operation, ...], crs: str) -> NDArray[np.float64]:
    moved = np.asarray(xyz, np.float64)
    for step in steps:
        moved = step.apply(moved)
    if not np.isfinite(moved).all():
        bad = np.asarray(xyz)[~np.isfinite(moved).all(axis=1)][0]
        raise UnknownCrs(
            crs,
            f"{bad[0]:.10g}, {bad[1]:.10g}, {bad[2]:.6g} lies outside the map or the quasigeoid of {crs}.",
            "Check the coordinates, or name another reference system for this tenant.",
        )
    return moved


def _grid(reach: float, count: int) -> NDArray[np.float64]:
    side = np.linspace(-reach, reach, count)
    heights = np.array([-100.0, 0.0, 150.0, 400.0])
    x, y, h = np.meshgrid(side, side, heights, indexing="ij")
    inside = np.hypot(x, y) <= reach
    return np.column_stack([x[inside], y[inside], h[inside]])


def _terms(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 13 terms of the browser's polynomial, shape (n, 13); plan in km, height in m."""
    x, y, h = offsets[:, 0] / 1000.0, offsets[:, 1] / 1000.0, offsets[:, 2]
    one = np.ones_like(x)
    return np.column_stack([one, x, y, x**2, x * y, y**2, x**3, x**2 * y, x * y**2, y**3, h, h * x, h * y])


def _fitted(offsets: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    terms = _terms(offsets)
    scale = np.abs(terms).max(axis=0)
    solution = np.linalg.lstsq(terms / scale, values, rcond=None)[0]
    return np.asarray(solution / scale[:, None])

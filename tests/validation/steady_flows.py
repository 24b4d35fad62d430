"""Steady flows along a channel with known depths: over a bump without friction, and those of MacDonald.

Bumps: Goutal and Maurel (1997); depth from Bernoulli's equation, the jump where momentum is conserved.
MacDonald et al. (1997): the depth is chosen and the bed that makes it follow is found. Figures of all cases as
collected by Delestre et al. (2013), SWASHES, doi:10.1002/fld.3741.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.integrate import cumulative_simpson
from scipy.optimize import brentq

from kastor.simulations import water
from kastor.simulations.scene import Edge, Inflow, Rain, Scene
from tests.validation.rain_cases import G, ground

LENGTH = 1000.0
UNIT_DEPTH = (4 / G) ** (1 / 3)


@dataclass(frozen=True, eq=False)
class Steady:
    """
    A flow in one row of cells, from west to east.

    Parameters
    ----------
    cell, bed, depth
        Side of a cell [m]; height of the bed and exact depth, shape (n,). [m]
    inflow
        Discharge at the western end. [m²/s]
    level
        Level kept at the eastern end; when None all may leave. [m]
    manning, rain
        Roughness, and rain everywhere. [s/m^(1/3)], [m/s]
    lead
        Cells at both ends that only lead to and from the others and are not compared.
    jump
        Where the flow becomes calm. [m]
    """

    cell: float
    bed: np.ndarray
    depth: np.ndarray
    inflow: float = 0.0
    level: float | None = None
    manning: float = 0.0
    rain: float = 0.0
    lead: int = 0
    jump: float | None = None


def run(case, seconds, start=None):
    """Depth after a while, shape (n,), from some depth or from still water at the level of the end."""
    n = len(case.bed)
    sources = {}
    if case.inflow:
        flow = np.full(2, case.inflow * case.cell)
        sources["inflows"] = (Inflow(np.array([[0, 0]]), np.array([0.0, seconds]), flow),)
    if case.rain:
        sources["rain"] = Rain(np.array([0.0, seconds]), np.array([0.0, case.rain * seconds]))
    if case.inflow or case.level is not None:
        sources["edges"] = (Edge(np.array([[0, n - 1]]), level=case.level),)
    if start is None:
        start = np.maximum((0.0 if case.level is None else case.level) - case.bed, 0.0)
    ran = water.start(Scene(ground(case.bed, case.cell, case.manning), **sources), start[None])
    water.advance(ran, seconds)
    assert water.balance(ran).missing == 0
    return ran.depth[0]


def bump(n):
    """Cells along 25 m with a bump of 20 cm in the middle third: cell, centres and bed. [m]"""
    x = (np.arange(n) + 0.5) * 25 / n
    return 25 / n, x, np.maximum(0.2 - 0.05 * (x - 10) ** 2, 0.0)


def still_water(n, level):
    cell, _, bed = bump(n)
    return Steady(cell, bed, np.maximum(level - bed, 0.0), level=level)


def flow_over_bump(n, discharge, end, outcome):
    """Flow that stays calm, or becomes rapid at the crest; then to the end, or calm again after a jump."""
    cell, x, bed = bump(n)
    critical = (discharge**2 / G) ** (1 / 3)
    if outcome == "calm":
        depth = np.array([_calm(end + discharge**2 / (2 * G * end**2) - z, discharge) for z in bed])
        return Steady(cell, bed, depth, discharge, level=end)
    head = 0.2 + 1.5 * critical
    calm = np.array([_calm(head - z, discharge) for z in bed])
    rapid = np.array([_rapid(head - z, discharge) for z in bed])
    if outcome == "rapid":
        return Steady(cell, bed, np.where(x < 10, calm, rapid), discharge)
    below = end + discharge**2 / (2 * G * end**2)

    def excess(place):
        z = max(0.2 - 0.05 * (place - 10) ** 2, 0.0)
        return _force(_rapid(head - z, discharge), discharge) - _force(_calm(below - z, discharge), discharge)

    jump = brentq(excess, 10.2, 11.99)
    after = np.array([_calm(below - z, discharge) if at > jump else 0.0 for z, at in zip(bed, x, strict=True)])
    depth = np.where(x < 10, calm, np.where(x < jump, rapid, after))
    return Steady(cell, bed, depth, discharge, level=end, jump=jump)


def _force(h, q):
    return q * q / (G * h) + h * h / 2


def _calm(energy, q):
    """The deeper of both depths at some energy above the bed. [m]"""
    critical = (q * q / G) ** (1 / 3)
    if energy <= 1.5 * critical:
        return critical
    return brentq(lambda h: h + q * q / (2 * G * h * h) - energy, critical, energy)


def _rapid(energy, q):
    """The shallower one. [m]"""
    critical = (q * q / G) ** (1 / 3)
    if energy <= 1.5 * critical:
        return critical
    return brentq(lambda h: h + q * q / (2 * G * h * h) - energy, 1e-3 * critical, critical)


def _hill(share, width):
    def depth(x):
        return UNIT_DEPTH * (1 + share * np.exp(-width * (x / LENGTH - 0.5) ** 2))

    return depth


def _falling(x):
    s = x / LENGTH - 0.5
    return UNIT_DEPTH * (1 - np.where(s <= 0, np.tanh(3 * s) / 3, np.tanh(6 * s) / 6))


def _jumping(x):
    s = x / LENGTH - 0.5
    after = sum(a * np.exp(-20 * k * s.clip(0)) for k, a in ((1, -0.348427), (2, 0.552264), (3, -0.55558)))
    return UNIT_DEPTH * np.where(s <= 0, 0.9 - np.exp(-x / 250) / 6, 1 + after + 0.8 * np.exp(x / LENGTH - 1))


MACDONALD = {
    # depth, discharge at the western end, roughness, rain, whether the flow is calm at its end
    "calm": (_hill(1 / 2, 16), 2.0, 0.033, 0.0, True),
    "rapid": (_hill(-1 / 5, 36), 2.5, 0.04, 0.0, False),
    "calm to rapid": (_falling, 2.0, 0.0218, 0.0, False),
    "rapid to calm": (_jumping, 2.0, 0.0218, 0.0, True),
    "calm, rain": (_hill(1 / 2, 16), 1.0, 0.033, 0.001, True),
    "rapid, rain": (_hill(-1 / 5, 36), 2.5, 0.04, 0.001, False),
}


def macdonald(name, n):
    """
    One of the flows on n cells along 1 km.

    Before and behind it the channel goes on for a fifth of that length with the same depth as at its ends, so that the
    water enters as it should.
    """
    depth_of, discharge, manning, rain, calm = MACDONALD[name]
    cell, lead = LENGTH / n, n // 5

    def kept(x):
        return depth_of(np.clip(x, 0.0, LENGTH))

    corners = (-lead * cell, 0.0, LENGTH / 2, LENGTH, LENGTH + lead * cell)
    fine, bed = [], [np.zeros(1)]
    for begin, end in itertools.pairwise(corners):
        x = np.linspace(begin, end, 20 * n)
        fine.append(x)
        bed.append(bed[-1][-1] + _bed(kept, discharge, manning, rain, x))
    x = (np.arange(n + 2 * lead) - lead + 0.5) * cell
    heights = np.interp(x, np.concatenate(fine), np.concatenate(bed[1:]))
    depth = kept(x)
    level = float(heights[-1] + depth[-1]) if calm else None
    jump = LENGTH / 2 if name == "rapid to calm" else None
    return Steady(cell, heights, depth, discharge - rain * lead * cell, level, manning, rain, lead, jump)


def _bed(depth_of, discharge, manning, rain, x):
    """Bed below the depth, from 0 on, shape of x. [m]"""
    h = depth_of(np.concatenate([[x[0] + 1e-9], x[1:-1], [x[-1] - 1e-9]]))
    q = discharge + rain * x
    friction = (manning * q) ** 2 / h ** (10 / 3)
    slope = (q * q / (G * h**3) - 1) * np.gradient(h, x, edge_order=2) - 2 * q * rain / (G * h * h) - friction
    return cumulative_simpson(slope, x=x, initial=0.0)

"""What stands on the ground as the plan-rule check sees it: buildings and plots, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shapely.geometry.base import BaseGeometry

Kind = Literal["main", "ancillary"]


@dataclass(frozen=True)
class Building:
    """
    A building as it is checked.

    Parameters
    ----------
    outline
        What it covers. [m]
    storeys
        Full storeys; None when unknown.
    guessed
        Whether they are estimated from the height.
    top, eaves
        Height of its highest point and of its eaves above the sea; None when unknown. [m]
    foot
        Height of its lowest point above the sea; None when unknown. [m]
    ground, street
        Middle height of the ground along its outline, height of the street before it; None when unknown. [m]
    level
        Whether heights are above the sea; else they are above the ground of the building.
    use
        Key of ``rule_uses.USES``; empty when unknown.
    pitched
        Whether its roof has room below it.
    kind
        ``ancillary`` for garages and the like (§§ 12, 14 BauNVO).
    planned
        Whether it is checked; others only count on their plot.
    """

    id: str
    outline: BaseGeometry
    storeys: float | None = None
    guessed: bool = False
    top: float | None = None
    eaves: float | None = None
    foot: float | None = None
    ground: float | None = None
    street: float | None = None
    level: bool = True
    use: str = ""
    pitched: bool = False
    kind: Kind = "main"
    planned: bool = True


@dataclass(frozen=True)
class Plot:
    """A plot of land (Baugrundstück); its border counts for distances."""

    id: str
    area: BaseGeometry

"""What a doubtful value most likely is, computed from what the finding itself measured.

Only where the geometry of the object says something definite: a stated height beside the height of the shape, a
number of storeys beside the height of the walls. A person takes a suggestion or leaves it; nothing is changed by
itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STOREY = 2.9
"""Usual height of a storey of dwellings, floor to floor. [m]"""


@dataclass(frozen=True)
class Suggestion:
    """
    A better value for an attribute.

    Parameters
    ----------
    attribute
        Its name in the model.
    value
        What it should be.
    found, words
        What the source says and what is suggested with the reason, in German and English.
    """

    attribute: str
    value: Any
    found: dict[str, str]
    words: dict[str, str]


def suggestion(code: str, values: Mapping[str, Any]) -> Suggestion | None:
    """
    The suggestion that goes with a finding, None when there is none.

    Examples
    --------
    >>> suggestion("storeys_do_not_fit", {"storeys": 3, "per_storey": 5.8}).value
    6
    >>> suggestion("height_differs", {"stated": 12.0, "built": 17.97}).value
    17.97
    """
    if code == "height_differs":
        return _height(float(values["stated"]), float(values["built"]))
    if code == "storeys_do_not_fit":
        return _storeys(int(values["storeys"]), float(values["per_storey"]))
    return None


def _height(stated: float, built: float) -> Suggestion | None:
    if not 0.5 <= built <= 400.0:
        return None
    value = round(built, 2)
    return Suggestion(
        "measuredHeight",
        value,
        {"de": f"Höhe {_german(stated)} m angegeben", "en": f"height of {stated:.1f} m stated"},
        {"de": f"{_german(value)} m, wie die Gestalt", "en": f"{value:.1f} m, as the shape"},
    )


def _storeys(storeys: int, per_storey: float) -> Suggestion | None:
    walls = storeys * per_storey
    likely = max(round(walls / STOREY), 1)
    if likely == storeys or not 1.5 <= walls <= 300.0:
        return None
    return Suggestion(
        "storeysAboveGround",
        likely,
        {
            "de": f"{_counted(storeys, 'Geschoss', 'Geschosse')} bei {_german(walls)} m Wand",
            "en": f"{_counted(storeys, 'storey', 'storeys')} in {walls:.1f} m of wall",
        },
        {
            "de": f"{_counted(likely, 'Geschoss', 'Geschosse')}, bei {_german(STOREY)} m je Geschoss",
            "en": f"{_counted(likely, 'storey', 'storeys')}, at {STOREY} m each",
        },
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _german(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")

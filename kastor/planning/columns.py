"""What is compared: the city as it is and some revisions of variants, in one area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from kastor.city.edits import Edit, touched
from kastor.planning import changes
from kastor.process import InvalidInput, Words
from kastor.store import Tenant, variants

MOST = 4
"""Variants beside the city as it is."""

AROUND = 150.0
"""How far around all edits the comparison looks when nobody names an area. [m]"""

TODAY: Words = {"de": "Bestand", "en": "Today"}


@dataclass(frozen=True, eq=False)
class Column:
    """
    Today, or a revision of a variant.

    Parameters
    ----------
    variant, revision
        None and 0 for today.
    name
        What it is called.
    edits
        What it changes.
    newest
        Revision the variant has by now.
    """

    variant: str | None
    name: str
    revision: int
    edits: tuple[Edit, ...] = ()
    newest: int = 0


def columns_of(tenant: Tenant, named: Sequence[tuple[str, int | None]]) -> list[Column]:
    """
    Today and some variants, each with a revision (the present one where None).

    Raises
    ------
    InvalidInput
        When there are more than ``MOST``.
    UnknownVariant
        When there is no such variant or revision.
    """
    check_number(len(named))
    found = [Column(None, TODAY["de"], 0)]
    for variant_id, revision in named:
        about, saved = (
            variants.variant(tenant.database, variant_id),
            variants.saved(tenant.database, variant_id, revision),
        )
        found.append(Column(variant_id, about.name, saved.revision, changes.read(saved.edits), about.revision))
    return found


def check_number(count: int) -> None:
    """
    See that not too many variants are compared.

    Raises
    ------
    InvalidInput
        When they are more than ``MOST``.
    """
    if count > MOST:
        raise InvalidInput(
            f"variants: {count} are more than {MOST}; compare fewer at once.",
            f"variants: {count} sind mehr als {MOST}; vergleichen Sie weniger auf einmal.",
        )


def area_of(tenant: Tenant, compared: Sequence[Column], reach: float = AROUND) -> shapely.Geometry:
    """
    The box of all edits and of what they touch, with some room around, to the metre.

    Parameters
    ----------
    reach
        How much room. [m]

    Raises
    ------
    InvalidInput
        When no variant changes anything.
    """
    edits = [edit for column in compared for edit in column.edits]
    boxes = [box for box in map(changes.bounds, edits) if box is not None]
    for object_id in sorted({touched(edit) for edit in edits} - {""}):
        record = tenant.object(object_id)
        if record is not None and record.row.box is not None:
            west, south, _, east, north, _ = record.row.box
            boxes.append((west, south, east, north))
    if not boxes:
        raise InvalidInput(
            "area: the variants change nothing yet; name an area to compare.",
            "area: Die Varianten ändern noch nichts; geben Sie ein Gebiet an.",
        )
    all_boxes = np.array(boxes)
    low, high = np.floor(all_boxes[:, :2].min(axis=0) - reach), np.ceil(all_boxes[:, 2:].max(axis=0) + reach)
    west, south = low.tolist()
    east, north = high.tolist()
    box: shapely.Geometry = shapely.box(west, south, east, north)
    return box

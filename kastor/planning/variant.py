"""Variants: what two people saved together, what no longer fits the city, and the city a variant makes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kastor.city.edits import (
    AddBuilding,
    AddModel,
    AddStreet,
    AddWall,
    Demolish,
    Edit,
    Fell,
    Move,
    PlantTree,
    Surface,
    apply,
    touched,
)
from kastor.city.fields import InvalidValue
from kastor.city.growth import grown
from kastor.city.model import concat
from kastor.city.site import Site
from kastor.planning import changes
from kastor.process import InvalidInput, Words
from kastor.store import Tenant, variants
from kastor.store.objects import endings, labels
from kastor.store.variants import Saved, UnknownVariant, VariantChanged
from kastor.store.visibility import STAFF, State

Plain = Mapping[str, Any]
Box = tuple[float, float, float, float]

ADDS = (AddBuilding, AddModel, AddStreet, AddWall, PlantTree, Surface)
"""Edits whose id is that of a new object."""


class Disagreement(Exception):
    """
    Two people changed the same meanwhile; both sides are kept for whoever decides.

    Parameters
    ----------
    objects
        Ids of the objects and edits both changed.
    revision
        The present revision, of the other person.
    theirs, mine
        The edits of both sides.
    """

    def __init__(self, objects: Sequence[str], revision: int, theirs: list[Any], mine: list[Any]) -> None:
        super().__init__(f"somebody else changed {', '.join(objects)[:200]} meanwhile; decide which edits hold.")
        self.words: Words = {
            "de": f"Jemand anderes hat inzwischen dasselbe geändert: {', '.join(objects)[:200]}."
            " Entscheiden Sie, was gilt.",
            "en": f"Somebody else changed the same meanwhile: {', '.join(objects)[:200]}. Decide which edits hold.",
        }
        self.objects, self.revision, self.theirs, self.mine = list(objects), revision, theirs, mine


@dataclass(frozen=True)
class Conflict:
    """An edit that no longer fits the city: its id, its number in the list, and why."""

    edit: str
    number: int
    words: Words


def begin(
    tenant: Tenant, name: str, given: Any, who: str, role: str, origin: str = variants.OFFICE,
    parent: Plain | None = None,
) -> variants.Variant:  # fmt: skip
    """
    Make a variant with edits somebody sent.

    Raises
    ------
    InvalidInput
        When an edit makes no sense, or names an object there never was.
    """
    edits = changes.written(changes.named(changes.read(given)))
    _check_new(tenant, [], edits)
    return variants.add(tenant.database, name, edits, who, role, origin, parent)


def put(tenant: Tenant, variant_id: str, expected: int, given: Any, who: str, role: str) -> Saved:
    """
    Save edits made on a revision; what somebody else saved meanwhile on other objects is kept too.

    Parameters
    ----------
    tenant
        With everything in sight.
    expected
        Revision the edits were made on.
    given
        The complete list, as it was sent.

    Raises
    ------
    InvalidInput
        When an edit makes no sense, or names an object there never was.
    Disagreement
        When somebody else changed the same objects.
    UnknownVariant
        When there is no such variant or revision.
    """
    mine = changes.written(changes.named(changes.read(given)))
    base = variants.saved(tenant.database, variant_id, expected)
    _check_new(tenant, base.edits, mine)
    while True:
        theirs = variants.saved(tenant.database, variant_id)
        wanted = mine if theirs.revision == expected else merged(base.edits, theirs, mine)
        try:
            return variants.save(tenant.database, variant_id, theirs.revision, wanted, who, role)
        except VariantChanged:
            # somebody was faster by a moment; merge with that too
            continue


def merged(base: Sequence[Plain], theirs: Saved, mine: Sequence[Plain]) -> list[Plain]:
    """
    Their edits with my changes.

    Parameters
    ----------
    base
        What both began with.

    Raises
    ------
    Disagreement
        When both changed the same object or edit.
    """
    before, there, here = ({str(edit["id"]): edit for edit in side} for side in (base, theirs.edits, mine))
    my_changes, their_changes = _changed(before, here), _changed(before, there)
    alike = {i for i in my_changes & their_changes if here.get(i) == there.get(i)}
    both = _about(my_changes - alike, before, here) & _about(their_changes - alike, before, there)
    if both:
        raise Disagreement(sorted(both), theirs.revision, list(theirs.edits), list(mine))
    kept = [here.get(i, edit) if i in my_changes else edit for i, edit in there.items() if not _gone(i, before, here)]
    return kept + [edit for i, edit in here.items() if i in my_changes and i not in there]


def _changed(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> set[str]:
    return {i for i in before.keys() | after.keys() if before.get(i) != after.get(i)}


def _gone(edit_id: str, before: Mapping[str, Plain], after: Mapping[str, Plain]) -> bool:
    return edit_id in before and edit_id not in after


def _about(ids: Collection[str], *sides: Mapping[str, Plain]) -> set[str]:
    """Edits and the objects they are about, before and after."""
    found = {str(side[i].get("object", i)) for i in ids for side in sides if i in side}
    return found | set(ids)


def conflicts(tenant: Tenant, edits: Sequence[Edit]) -> list[Conflict]:
    """Edits that no longer fit the city of today, in order."""
    seen = tenant.showing(STAFF)
    named = {touched(edit) for edit in edits if touched(edit)} | {e.id for e in edits if isinstance(e, ADDS)}
    standing = set(labels(seen.database, named))
    ended = endings(seen.database, named - standing)
    found: list[Conflict] = []
    known, gone = set(standing), set[str]()
    for number, edit in enumerate(edits):
        about = touched(edit)
        if about in gone:
            found.append(Conflict(edit.id, number, _taken_away(about)))
        elif about and about not in known:
            found.append(Conflict(edit.id, number, _missing(about, ended.get(about))))
        elif isinstance(edit, ADDS) and edit.id in known:
            found.append(Conflict(edit.id, number, _there(edit.id)))
        if isinstance(edit, ADDS):
            known.add(edit.id)
        if isinstance(edit, Demolish | Fell):
            gone.add(about)
    return found


def _missing(object_id: str, ended: tuple[str, str] | None) -> Words:
    if ended is None:
        return {
            "de": f"Das Objekt {object_id} gibt es nicht. Nehmen Sie die Änderung heraus.",
            "en": f"There is no object {object_id}. Take the edit out.",
        }
    label, at = ended[0] or object_id, ended[1][:10]
    return {
        "de": f"{label} gibt es seit {at[8:10]}.{at[5:7]}.{at[:4]} nicht mehr. Nehmen Sie die Änderung heraus.",
        "en": f"{label} ended on {at}. Take the edit out.",
    }


def _taken_away(object_id: str) -> Words:
    return {
        "de": f"{object_id} wird in dieser Variante vorher entfernt. Nehmen Sie eine der beiden Änderungen heraus.",
        "en": f"{object_id} is taken away earlier in this variant. Take one of the two edits out.",
    }


def _there(object_id: str) -> Words:
    return {
        "de": f"Ein Objekt {object_id} gibt es im Bestand schon. Nehmen Sie die Änderung heraus.",
        "en": f"The city has an object {object_id} already. Take the edit out.",
    }


def _check_new(tenant: Tenant, base: Sequence[Plain], mine: Sequence[Plain]) -> None:
    """Refuse edits on objects there are not, when they are not in the variant already: those are conflicts."""
    old = {str(edit["id"]) for edit in base}
    for conflict in conflicts(tenant, changes.read(mine)):
        if conflict.edit not in old:
            where = f"edits.{conflict.number}.object"
            raise InvalidInput(
                f"{where}: {conflict.words['en']}", f"Änderung {conflict.number + 1}: {conflict.words['de']}"
            )


def applied(seen: Tenant, site: Site, box: Box, edits: Sequence[Edit]) -> Site:
    """
    A site with those of some edits that matter in its box.

    Parameters
    ----------
    seen
        The tenant, as far as it counts.

    Raises
    ------
    InvalidInput
        When an edit cannot be.
    """
    if not edits:
        return site
    edits = grown(edits)
    here = set(site.city.ids.tolist())
    named = {touched(edit) for edit in edits if touched(edit)}
    elsewhere = set(labels(seen.database, named - here))
    coming = {edit.object for edit in edits if isinstance(edit, Move) and edit.object in elsewhere}
    for object_id in sorted(coming):
        record = seen.object(object_id)
        family = seen.family(object_id, record.row.dataset) if record is not None else None
        if family is not None and record is not None and _lands(record.row.box, edits, object_id, box):
            site = Site(site.area, concat([site.city, family]), site.terrain, site.sources)
            here |= set(family.ids.tolist())
    try:
        return apply(site, changes.meeting(edits, box, here, elsewhere - here))
    except InvalidValue as error:
        raise InvalidInput(f"edits: {error}", f"edits: {error.words['de']}") from error


def _lands(stands: tuple[float, ...] | None, edits: Sequence[Edit], object_id: str, box: Box) -> bool:
    """Whether an object may reach a box once it is moved."""
    if stands is None:
        return False
    east = sum(edit.east for edit in edits if isinstance(edit, Move) and edit.object == object_id)
    north = sum(edit.north for edit in edits if isinstance(edit, Move) and edit.object == object_id)
    reach = max(stands[3] - stands[0], stands[4] - stands[1])
    return bool(
        stands[0] + east - reach < box[2]
        and stands[3] + east + reach > box[0]
        and stands[1] + north - reach < box[3]
        and stands[4] + north + reach > box[1]
    )


def state_of(tenant: Tenant, variant: Plain | None) -> State:
    """Who may see a result at first: that of a draft only those who see the draft."""
    if variant is None:
        return State.INTERNAL
    try:
        draft = variants.variant(tenant.database, str(variant["id"])).state is State.DRAFT
    except UnknownVariant:
        return State.INTERNAL
    return State.DRAFT if draft else State.INTERNAL


def overtaken(tenant: Tenant, variant: Plain | None) -> list[Words]:
    """Why a result of a variant is out of date, as far as the variant goes."""
    if variant is None:
        return []
    try:
        present = variants.saved(tenant.database, str(variant["id"]))
        if present.revision == variant["revision"]:
            return []
        used = variants.saved(tenant.database, str(variant["id"]), int(variant["revision"]))
    except UnknownVariant:
        return [{"de": "Die Variante gibt es nicht mehr.", "en": "The variant is no longer here."}]
    if used.edits == present.edits:
        return []
    return [{"de": "Die Variante hat sich seitdem geändert.", "en": "The variant has changed since."}]

"""Buildings against a development plan: storeys, height, length, use here, place and measures in their own modules.

Pure functions on plain data: the same buildings and the same plan always give the same verdicts. A rule the plan does
not fix gives no verdict. What cannot be told is ``unknown`` with the reason, never guessed: a check is a help for
who decides, no decision. Exceptions and exemptions (§ 31 BauGB) are not weighed.

Source: BauNVO §§ 2 to 11, 16 to 23.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kastor.formats.xplanung.envelopes import Envelope, Height, Limit
from kastor.planning.built import Building, Plot
from kastor.planning.heights import ABOVE_SEA, EAVES, TOPS, height_words
from kastor.planning.plan_limits import Part, PlanLimits
from kastor.planning.rule_measures import measure_verdicts
from kastor.planning.rule_places import boundary, building_line, distances, extent, part_of, window_of, windows_of
from kastor.planning.rule_special import Special, permission
from kastor.planning.rule_uses import AREAS, USES, allowed, paragraph
from kastor.planning.verdicts import Answer, Source, Verdict, Words, count, number, said

HEIGHT = 0.005
"""Heights that exceed by less are kept. [m]"""

LENGTH = 0.01
"""Lengths that exceed by less are kept. [m]"""

LONGEST = 50.0
"""Longest building where houses stand apart (§ 22 Abs. 2 BauNVO). [m]"""


def check(
    buildings: Sequence[Building], plan: PlanLimits, plots: Sequence[Plot] = (), sealed: Sequence[BaseGeometry] = ()
) -> list[Verdict]:
    """
    Planned buildings against a plan, building by building, then what is built on each plot.

    Parameters
    ----------
    buildings
        Planned ones, and those that stay around them.
    plots
        Plots of land; none where they are not known.
    sealed
        Drives, parking and other sealed areas.
    """
    found = [
        verdict
        for one in buildings
        if one.planned
        for verdict in place_verdicts(one, plan, [b for b in buildings if b is not one], plots)
    ]
    return found + measure_verdicts(buildings, plan, plots, sealed)


def place_verdicts(
    building: Building, plan: PlanLimits, others: Sequence[Building], plots: Sequence[Plot]
) -> list[Verdict]:
    """
    Everything about one building that does not need its plot's area.

    Parameters
    ----------
    others
        Buildings around it, itself left out.
    """
    outside = list(extent(building, plan))
    if any(v.verdict == "unknown" for v in outside):
        return outside
    window, part = window_of(building, plan), part_of(building, plan)
    found = [*outside, *boundary(building, plan, window, part), *building_line(building, plan, window, others)]
    if building.kind == "main":
        found += _sizes(building, plan, window, part)
        found += length(building, plan, part)
    return [*found, *use(building, plan, part), *distances(building, plots)]


def _sizes(building: Building, plan: PlanLimits, window: Envelope | None, part: Part | None) -> list[Verdict]:
    """Storeys and heights in every buildable area a building reaches into; the same limit is told once."""
    windows = windows_of(building, plan) or ([window] if window is not None else [])
    limits: list[Mapping[str, Limit]] = [w.limits for w in windows] or ([part.limits] if part is not None else [])
    heights = [w.heights for w in windows] or ([part.heights] if part is not None else [])
    found: dict[tuple[object, ...], Verdict] = {}
    for number_, (own_limits, own_heights) in enumerate(zip(limits, heights, strict=True)):
        for v in (*storeys(building, plan, own_limits), *height(building, plan, own_heights)):
            # how a pitched roof ends in another buildable area is not told by its ridge
            sure = not number_ or not building.pitched or v.rule != "height" or v.verdict != "broken"
            told = v if sure else replace(v, verdict="unknown", beyond=None)
            found.setdefault((v.rule, v.limit, v.unit, v.verdict == "unknown", v.text["de"]), told)
    return list(found.values())


def storeys(building: Building, plan: PlanLimits, limits: Mapping[str, Limit]) -> Iterator[Verdict]:
    """Number of full storeys (§§ 16, 20 BauNVO); what a full storey is, the law of the state says."""
    for name in ("storeys_most", "storeys_least", "storeys_exact"):
        limit = limits.get(name)
        if limit is None:
            continue
        source = Source(plan.id, limit.object_id, "§§ 16, 20 BauNVO")
        value = building.storeys
        if value is None:
            text = said("Zahl der Geschosse ist nicht bekannt", "The number of storeys is not known")
            yield Verdict("storeys", building.id, "unknown", source, text, None, limit.value, None, "")
            continue
        over = value - limit.value
        wrong = {"storeys_most": over > 0, "storeys_least": over < 0, "storeys_exact": over != 0}[name]
        answer: Answer = "unknown" if building.guessed and wrong else "broken" if wrong else "kept"
        text = _storeys_text(over, limit.value, name) if wrong else _storeys_kept(value, limit.value, name)
        yield Verdict(
            "storeys", building.id, answer, source, text, value, limit.value, over if wrong else 0.0, "",
            building.outline if wrong and over > 0 else None,
        )  # fmt: skip


def _storeys_text(over: float, limit: float, name: str) -> Words:
    n, most = count(abs(over)), count(limit)
    one = abs(over) == 1
    de = f"{{n}} Geschoss{'' if one else 'e'} zu {'viel' if one else 'viele'}" if over > 0 else (
        f"{{n}} Geschoss{'' if one else 'e'} zu wenig")  # fmt: skip
    en = f"{{n}} storey{'' if one else 's'} too {'many' if over > 0 else 'few'}"
    de_limit, en_limit = {
        "storeys_most": ("höchstens {m}", "at most {m}"), "storeys_least": ("mindestens {m}", "at least {m}"),
        "storeys_exact": ("zwingend {m}", "exactly {m}"),
    }[name]  # fmt: skip
    return said(f"{de} ({de_limit})", f"{en} ({en_limit})", n=n, m=most)


def _storeys_kept(value: float, limit: float, name: str) -> Words:
    de, en = {
        "storeys_most": ("{n} von höchstens {m}", "{n} of at most {m}"),
        "storeys_least": ("{n}, mindestens {m}", "{n}, at least {m}"),
        "storeys_exact": ("{n}, wie zwingend festgesetzt", "{n}, as fixed"),
    }[name]
    return said(de, en, n=count(value), m=count(limit))


def height(building: Building, plan: PlanLimits, heights: Sequence[Height]) -> Iterator[Verdict]:
    """Heights over their reference point (§ 18 BauNVO)."""
    for fixed in heights:
        if fixed.point not in TOPS | EAVES:
            continue
        source = Source(plan.id, fixed.object_id, "§ 18 BauNVO")
        zero = _zero(building, fixed)
        real = building.eaves if fixed.point in EAVES else building.top
        if zero is None or real is None:
            yield Verdict("height", building.id, "unknown", source, _missing(building, fixed), unit="m")
            continue
        yield from _height(building, fixed, source, real - zero, zero)


def _height(building: Building, fixed: Height, source: Source, value: float, zero: float) -> Iterator[Verdict]:
    exact = fixed.exact is not None
    most, least = (fixed.exact, fixed.exact) if exact else (fixed.most, fixed.least)
    limit = most if most is not None else least
    if limit is None:
        return
    words = height_words(fixed) if most is not None else {"de": "", "en": ""}
    if most is not None and value > most + HEIGHT:
        over = value - most
        text = said(f"{{n}} m zu hoch ({words['de']})", f"{{n}} m too high ({words['en']})", n=number(over))
        yield Verdict(
            "height", building.id, "broken", source, text, round(value, 3), most, round(over, 3), "m",
            building.outline, round(zero + most, 3),
        )  # fmt: skip
    elif least is not None and value < least - HEIGHT:
        under = value - least
        text = said("{n} m zu niedrig, mindestens {m} m", "{n} m too low, at least {m} m",
                    n=number(-under), m=number(least))  # fmt: skip
        yield Verdict("height", building.id, "broken", source, text, round(value, 3), least, round(under, 3), "m")
    else:
        text = said(f"{{n}} m; {words['de']}", f"{{n}} m; {words['en']}", n=number(value))
        top = round(zero + most, 3) if most is not None else None
        yield Verdict("height", building.id, "kept", source, text, round(value, 3), limit, 0.0, "m", None, top)


def _zero(building: Building, fixed: Height) -> float | None:
    """Height above the sea from which a height of the plan is measured; None when unknown. [m]"""
    if fixed.reference in ABOVE_SEA:
        return 0.0 if building.level else None
    if fixed.reference == "2000":
        return building.ground
    return building.street if fixed.reference in ("2500", "3500") else None


def _missing(building: Building, fixed: Height) -> Words:
    words = height_words(fixed)
    if (fixed.reference == "2000" and building.ground is None) or (fixed.reference in ABOVE_SEA and not building.level):
        why = ("Das Gelände ist hier nicht bekannt", "The ground is not known here")
    elif fixed.reference in ("2500", "3500") and building.street is None:
        why = ("Die Höhe der Straße ist hier nicht bekannt", "The height of the street is not known here")
    elif fixed.reference in (*ABOVE_SEA, "2000", "2500", "3500"):
        why = ("Die Höhe des Gebäudes ist nicht bekannt", "The height of the building is not known")
    else:
        why = ("Der Bezugspunkt ist nur im Plan beschrieben", "The reference point is only described in the plan")
    return {"de": f"{words['de']}. {why[0]}", "en": f"{words['en']}. {why[1]}"}


def length(building: Building, plan: PlanLimits, part: Part | None) -> Iterator[Verdict]:
    """Houses that stand apart are at most 50 m long (§ 22 Abs. 2 BauNVO)."""
    if part is None or not part.open:
        return
    corners = shapely.get_coordinates(shapely.oriented_envelope(building.outline))
    value = float(np.hypot(*np.diff(corners, axis=0).T).max()) if len(corners) > 2 else 0.0
    over = value - LONGEST
    source = Source(plan.id, part.id, "§ 22 Abs. 2 BauNVO")
    if over > LENGTH:
        text = said(
            "{n} m zu lang (offene Bauweise: höchstens 50 m)", "{n} m too long (open: at most 50 m)", n=number(over)
        )
        yield Verdict("length", building.id, "broken", source, text, round(value, 2), LONGEST, round(over, 2), "m")
    else:
        text = said("{n} m von höchstens 50 m", "{n} m of at most 50 m", n=number(value, 1))
        yield Verdict("length", building.id, "kept", source, text, round(value, 2), LONGEST, 0.0, "m")


def use(building: Building, plan: PlanLimits, part: Part | None) -> Iterator[Verdict]:
    """Whether the use is one of those of the area, by the edition of the BauNVO of the plan (§§ 2 to 11)."""
    if part is None or not building.use:
        return
    if part.special is not None:
        yield _special_use(building, plan, part.id, part.special)
        return
    if part.use not in AREAS:
        return
    sign, year = AREAS[part.use][0], f" {plan.edition}" if plan.edition else ""
    source = Source(plan.id, part.id, f"{paragraph(part.use)} BauNVO{year}")
    what = USES.get(building.use, (building.use, building.use))
    found = allowed(part.use, building.use, plan.edition)
    de, en, answer = _PERMISSIONS[found or "unsaid"]
    hint = ("; der Plan hat dazu eigene Texte", "; the plan has texts of its own on this") if part.texts else ("", "")
    text = {"de": f"{what[0]} im {sign}: {de}{hint[0]}", "en": f"{what[1]} in {sign}: {en}{hint[1]}"}
    yield Verdict("use", building.id, answer, source, text)


def _special_use(building: Building, plan: PlanLimits, part_id: str, special: Special) -> Verdict:
    year = f" {plan.edition}" if plan.edition else ""
    found = permission(building.use, special, plan.texts)
    return Verdict(
        "use", building.id, found.answer, Source(plan.id, part_id, f"{found.section} BauNVO{year}"), found.words
    )


_PERMISSIONS: dict[str, tuple[str, str, Answer]] = {
    "general": ("allgemein zulässig", "generally allowed", "kept"),
    "condition": ("unter Bedingungen zulässig", "allowed under conditions", "unknown"),
    "exception": ("nur ausnahmsweise zulässig", "allowed by way of exception only", "unknown"),
    "no": ("nicht zulässig", "not allowed", "broken"),
    "unsaid": ("hängt von der Fassung der BauNVO ab", "depends on the edition of the BauNVO", "unknown"),
}

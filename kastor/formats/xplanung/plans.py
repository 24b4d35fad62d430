"""Which objects of a file belong to which plan: from the references both ways, since files give one or the other."""

from __future__ import annotations

from collections.abc import Iterable

from kastor.formats.xplanung.model import DATES, Municipality, Plan, PlanObject, Section

_TO_SECTION = ("gehoertZuBereich", "gehoertZuBP_Bereich", "gehoertZuFP_Bereich", "gehoertZuRP_Bereich",
               "gehoertZuLP_Bereich", "gehoertZuSO_Bereich")  # fmt: skip
_FROM_SECTION = ("planinhalt", "praesentationsobjekt", "rasterBasis", "rasterAenderung", "inhaltBPlan", "inhaltFPlan",
                 "inhaltLPlan", "inhaltRPlan", "inhaltSoPlan", "wirdDargestelltDurch", "nachrichtlich")  # fmt: skip


def plans_of(objects: tuple[PlanObject, ...]) -> tuple[Plan, ...]:
    """The plans among the objects of a file, each with its sections and contents."""
    by_id = {o.id: o for o in objects}
    plans = [o for o in objects if is_plan(o)]
    contents = _contents(objects, by_id)
    plan_of = _owners(objects, by_id, plans, contents)
    return tuple(_plan(plan, objects, plan_of, contents) for plan in plans)


def is_plan(found: PlanObject) -> bool:
    """Whether an object is a plan."""
    return found.kind.endswith("_Plan")


def is_section(found: PlanObject) -> bool:
    """Whether an object is a section of a plan."""
    return found.kind.endswith("_Bereich")


def _plan(
    plan: PlanObject, objects: tuple[PlanObject, ...], plan_of: dict[str, str], contents: dict[str, dict[str, None]]
) -> Plan:
    own = [o for o in objects if plan_of.get(o.id) == plan.id and o is not plan]
    return Plan(
        object=plan,
        kind=plan.kind.split("_")[0],
        name=plan.text("name"),
        number=plan.text("nummer"),
        type_code=plan.text("planArt"),
        legal_state=plan.text("rechtsstand"),
        dates={name: plan.text(name) for name in DATES if plan.text(name)},
        municipalities=tuple(_municipality(value) for value in plan.values("gemeinde") if isinstance(value, dict)),
        area=plan.geometry,
        sections=tuple(
            Section(o, o.text("nummer"), o.text("name"), o.geometry, tuple(contents.get(o.id, ())))
            for o in own
            if is_section(o)
        ),
        objects=tuple(o for o in own if not is_section(o)),
    )


def _municipality(value: dict[str, object]) -> Municipality:
    key, name, district = (str(value.get(n, "")) for n in ("ags", "gemeindeName", "ortsteilName"))
    return Municipality(key or str(value.get("rs", "")), name, district)


def _contents(objects: Iterable[PlanObject], by_id: dict[str, PlanObject]) -> dict[str, dict[str, None]]:
    """Ids in each section, in the order of the file; a dict is an ordered set."""
    found: dict[str, dict[str, None]] = {}
    for o in objects:
        for name in _TO_SECTION:
            for target in o.targets(name):
                found.setdefault(target, {})[o.id] = None
        if is_section(o):
            for name in _FROM_SECTION:
                for target in o.targets(name):
                    if target in by_id:
                        found.setdefault(o.id, {})[target] = None
    return found


def _owners(
    objects: tuple[PlanObject, ...],
    by_id: dict[str, PlanObject],
    plans: list[PlanObject],
    contents: dict[str, dict[str, None]],
) -> dict[str, str]:
    """Plan of every object that belongs to one."""
    owner = {plan.id: plan.id for plan in plans}
    for o in objects:
        if is_section(o):
            direct = [t for t in o.targets("gehoertZuPlan") if t in owner]
            listed = [p.id for p in plans if o.id in p.targets("bereich")]
            if direct or listed:
                owner[o.id] = (direct or listed)[0]
    for section, inside in contents.items():
        if section in owner:
            for content in inside:
                owner.setdefault(content, owner[section])
    spread = list(owner)
    while spread:
        source = spread.pop()
        for target in _targets(by_id[source]) if source in by_id else ():
            if target in by_id and target not in owner:
                owner[target] = owner[source]
                spread.append(target)
    return owner


def _targets(found: PlanObject) -> list[str]:
    return [target for name in found.attributes for target in found.targets(name)]

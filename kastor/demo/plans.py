"""A planning case of the demo: an invented plan, two variants in it, and a decision that is being written.

What the comparison shows is computed beside the server, see ``examples.py``.
"""

from __future__ import annotations

from kastor.demo.towns import HERE
from kastor.loading import load
from kastor.planning import compare, costs, known, variant
from kastor.planning.columns import area_of, columns_of
from kastor.planning.decision import Draft, Option
from kastor.planning.orders import Order
from kastor.store import Dataset, Tenant, resolutions, variants
from kastor.store.costs import set_prices
from kastor.store.roles import Role
from kastor.store.visibility import State

TOWN = "dorsten"
"""Where the plan lies."""

PLAN = Dataset(
    id="wohnen-am-wald",
    title="Bebauungsplan Wohnen am Wald (erfunden)",
    owner="Kastor",
    licence="European Union Public Licence 1.2",
    licence_url="https://eupl.eu/1.2/de/",
    attribution="Kastor, erfundenes Beispiel",
    date="2024-05-02",
)

CORNER = (360540.0, 5721560.0)
"""South-western corner of the plan. [m]"""

VARIANTS = {
    "Zwei Häuser": ((6.0, 28.0, 24.0, 60.0, 3, "flat"), (30.0, 28.0, 48.0, 60.0, 3, "flat")),
    "Ein Riegel": ((6.0, 40.0, 52.0, 56.0, 4, "flat"),),
}
"""West, south, east and north from the corner [m], storeys and roof of each building, by name of the variant."""

PRICES = {"floor": [2400, 2900, 3600], "tree": [900, 1500, 2500], "felling": [400, 800, 1500]}
"""Invented: low, usual and high. [EUR per unit of the item]"""

TREES = ((75.0, 40.0), (82.0, 52.0), (90.0, 66.0))


def make_plans(tenant: Tenant, who: str) -> None:
    """Load the plan and make variants and decision as the demo's planner, unless the plan is there."""
    if any(dataset.id == PLAN.id for dataset in tenant.datasets()):
        return
    load(tenant, [HERE / TOWN / "bebauungsplan.gml"], PLAN)
    set_prices(tenant, costs.read_prices(PRICES), who, "erfundene Beispielpreise")
    made = []
    for name, buildings in VARIANTS.items():
        one = variant.begin(tenant, name, _edits(buildings), who, Role.PLANNER)
        made.append(variants.describe(tenant.database, one.id, None, State.PUBLIC, who))
    draft = Draft(
        title="Wohnen am Wald", subject="Welche Bebauung weiter geplant wird", body="Bauausschuss",
        text="Die Variante „Zwei Häuser“ wird weiter geplant.",
        reasons="Sie hält den Bebauungsplan ein; der Riegel ist höher, als er erlaubt, und ragt über die Baugrenze.",
        variants=tuple(Option(id=one.id, revision=one.revision, chosen=one is made[0]) for one in made),
    )  # fmt: skip
    resolutions.add(tenant.database, draft.title, draft.model_dump(mode="json"), who)


def compared(tenant: Tenant) -> list[Order]:
    """What is still to be computed for the comparison of the demo's variants with today."""
    ours = [one.id for one in reversed(variants.all_variants(tenant.database)) if one.name in VARIANTS]
    if not ours:
        return []
    columns = columns_of(tenant, [(one, None) for one in ours])
    return known.missing(known.lookup(tenant, columns, area_of(tenant, columns), compare.PROCESSES))


def _edits(buildings: tuple[tuple[float, float, float, float, int, str], ...]) -> list[dict[str, object]]:
    east, north = CORNER
    return [
        {
            "kind": "add_building", "id": f"haus-{number}", "name": f"Haus {number}", "storeys": storeys, "roof": roof,
            "use": "residential", "dwellings": 3 * storeys, "green_roof": False,
            "footprint": [(east + x, north + y) for x, y in ((w, s), (e, s), (e, n), (w, n))],
        }
        for number, (w, s, e, n, storeys, roof) in enumerate(buildings, start=1)
    ] + [
        {
            "kind": "plant_tree", "id": f"baum-{number}", "species": "Winterlinde", "height": 9.0,
            "place": (east + x, north + y),
        }
        for number, (x, y) in enumerate(TREES, start=1)
    ]  # fmt: skip

"""What happens in the demo beside the data: invented people, requests at the desk, and a plan with two variants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from kastor.cases.appointments import craftsmen
from kastor.demo import plans, requests
from kastor.demo.firms import SENDERS
from kastor.demo.people import PEOPLE, make_people
from kastor.loading import Progress, quiet
from kastor.store import Tenant, crafts, moments, open_tenant

__all__ = ["SENDERS", "make", "people_to_be"]

TENANT = "mieterin"
"""Stands for somebody who rents: she writes without an account."""

ON_HOLIDAY = "hahn"


def make(home: Path, towns: Sequence[str], progress: Progress = quiet) -> None:
    """
    Make the invented people known, and let requests and plans happen, unless that was done before.

    Parameters
    ----------
    home
        Directory of all tenants.
    towns
        Ids of the towns people have their roles in.
    """
    numbers = make_people(home, towns)
    if plans.TOWN in towns:
        with open_tenant(home, plans.TOWN) as tenant:
            plans.make_plans(tenant, numbers["planung"])
    if requests.TOWN in towns:
        with open_tenant(home, requests.TOWN) as tenant:
            progress(f"{tenant.info.title}: Anliegen", 0.0)
            now = datetime.now(UTC)
            if requests.make_requests(tenant, now, numbers):
                _on_holiday(tenant, now.date())
            progress(f"{tenant.info.title}: Anliegen", 1.0)


def _on_holiday(tenant: Tenant, today: date) -> None:
    """One of the invented firms is away for a fortnight soon."""
    with tenant.database.write("The demo's craftsmen cannot be written") as connection:
        for one in crafts.all_craftsmen(connection):
            if one.id == ON_HOLIDAY:
                away = craftsmen.absent(one, today + timedelta(days=5), today + timedelta(days=18))
                crafts.save(connection, away, moments.now())


def people_to_be(towns: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Whom somebody can be who looks around: ``login``, ``name`` and the page that ``opens``."""

    def opens(town: str, page: str) -> str:
        return f"/{town if town in towns else towns[0]}{page}"

    staff = [{"login": one.login, "name": one.name, "opens": opens(one.town, one.opens)} for one in PEOPLE]
    return ({"login": TENANT, "name": "", "opens": opens(requests.TOWN, "/chat")}, *staff)

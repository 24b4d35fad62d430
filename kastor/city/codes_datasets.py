"""Words about datasets: open licences used in Germany, rhythms of renewal, themes and categories of catalogues.

Licences after the list of GovData (www.govdata.de), rhythms and themes after the authority tables of the EU
Publications Office (frequency, data-theme), categories after Regulation (EU) 2023/138 on high-value datasets.
"""

from __future__ import annotations

from typing import NamedTuple


class Licence(NamedTuple):
    """
    A licence.

    Parameters
    ----------
    title, url
        Name and address of its text.
    named
        Whether the provider must be named.
    """

    title: str
    url: str
    named: bool


LICENCES: dict[str, Licence] = {
    "dl-de/zero-2-0": Licence("Datenlizenz Deutschland Zero 2.0", "https://www.govdata.de/dl-de/zero-2-0", False),
    "dl-de/by-2-0": Licence("Datenlizenz Deutschland Namensnennung 2.0", "https://www.govdata.de/dl-de/by-2-0", True),
    "cc-zero": Licence("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/deed.de", False),
    "cc-by/4.0": Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/deed.de", True),
    "cc-by-sa/4.0": Licence("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/deed.de", True),
    "odbl": Licence(
        "Open Database License 1.0", "https://opendatacommons.org/licenses/odbl/1-0/", True
    ),
    "geonutz": Licence("GeoNutzV", "https://www.gesetze-im-internet.de/geonutzv/", True),
}  # fmt: skip
"""Open licences by their short name in catalogues."""

RHYTHMS: dict[str, tuple[int, str, str]] = {
    "DAILY": (1, "täglich", "daily"),
    "WEEKLY": (7, "wöchentlich", "weekly"),
    "MONTHLY": (31, "monatlich", "monthly"),
    "QUARTERLY": (92, "vierteljährlich", "quarterly"),
    "ANNUAL_2": (183, "halbjährlich", "twice a year"),
    "ANNUAL": (366, "jährlich", "yearly"),
    "BIENNIAL": (731, "alle zwei Jahre", "every two years"),
    "TRIENNIAL": (1096, "alle drei Jahre", "every three years"),
    "QUINQUENNIAL": (1827, "alle fünf Jahre", "every five years"),
    "IRREG": (0, "unregelmäßig", "irregularly"),
    "NEVER": (0, "wird nicht erneuert", "never renewed"),
}
"""EU frequency code -> days until a newer state is due (0: never due), German, English."""

THEMES: dict[str, tuple[str, str]] = {
    "AGRI": ("Landwirtschaft, Wald, Ernährung", "Agriculture, forestry, food"),
    "ECON": ("Wirtschaft und Finanzen", "Economy and finance"),
    "EDUC": ("Bildung, Kultur und Sport", "Education, culture and sport"),
    "ENER": ("Energie", "Energy"),
    "ENVI": ("Umwelt", "Environment"),
    "GOVE": ("Regierung und öffentlicher Sektor", "Government and public sector"),
    "HEAL": ("Gesundheit", "Health"),
    "JUST": ("Justiz, Recht und Sicherheit", "Justice, law and safety"),
    "REGI": ("Regionen und Städte", "Regions and cities"),
    "SOCI": ("Bevölkerung und Gesellschaft", "Population and society"),
    "TECH": ("Wissenschaft und Technik", "Science and technology"),
    "TRAN": ("Verkehr", "Transport"),
}
"""EU data-theme code -> German, English."""

HVD_CATEGORIES: dict[str, tuple[str, str]] = {
    "c_ac64a52d": ("Georaum", "Geospatial"),
    "c_dd313021": ("Erdbeobachtung und Umwelt", "Earth observation and environment"),
    "c_164e0bf5": ("Meteorologie", "Meteorological"),
    "c_e1da4e07": ("Statistik", "Statistics"),
    "c_a9135398": ("Unternehmen und Eigentümer", "Companies and company ownership"),
    "c_b79e35eb": ("Mobilität", "Mobility"),
}
"""Code of a category of high-value datasets -> German, English."""

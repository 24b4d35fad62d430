"""Which area a row of a table means: ``"905"``, ``"Dellbrück"``, ``"905 Dellbrück"`` and ``"Stadtteil Dellbrück"``.

One attribute of the areas is chosen for a whole table, the one most rows agree with, so that a running number is not
taken for the number of a district. A name two areas share names neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kastor.city.model import City, Kind

PREFERRED = ("name", "ref")
"""Attributes that go before others when as many rows agree with them."""

NO_KEYS = re.compile(r"(object|global|gml)?_?id|fid|gid|shape.*|.*(flaeche|fläche|area|length|leng)|uuid|oid", re.I)
"""Attributes that only number the rows of a file or measure the area."""

_KINDS = re.compile(
    r"^(statistischer bezirk|stat\. ?bezirk|stadtteil|stadtbezirk|stadtviertel|ortsteil|ortschaft|bezirk|quartier|"
    r"viertel|gemarkung|district|ward)\s+(?=\S)"
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_BOTH = (
    re.compile(r"^(?P<number>\d+)[\s.:/–-]+(?P<name>\D.*)$"),
    re.compile(r"^(?P<name>\D.*?)[\s/–-]*\((?P<number>\d+)\)$"),
    re.compile(r"^(?P<name>\D.*?)\s+\(.*\)$"),
)
_TOTAL = re.compile(
    r"\b(insgesamt|gesamt|gesamtstadt|summe|total|zusammen|alle (stadtteile|bezirke|ortsteile))\b|^stadt\s", re.I
)


@dataclass(frozen=True)
class Districts:
    """
    The areas of one dataset.

    Parameters
    ----------
    dataset
        Its id.
    ids, labels
        Of the areas.
    keys
        Attribute -> value of each area, empty where it has none.
    """

    dataset: str
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    keys: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Join:
    """
    Rows of a table and the areas they mean.

    Parameters
    ----------
    districts
        The areas.
    attribute
        What of them the keys of the table agree with.
    area
        Number of the area of each key, -1 for none.
    """

    districts: Districts
    attribute: str
    area: tuple[int, ...]

    @property
    def matched(self) -> int:
        """How many keys mean an area."""
        return sum(i >= 0 for i in self.area)

    @property
    def without_row(self) -> list[int]:
        """Numbers of the areas no key means."""
        return sorted(set(range(len(self.districts.ids))) - set(self.area))


def districts_of(city: City, dataset: str) -> Districts:
    """The areas among the objects of a dataset, and by what each can be named."""
    chosen = np.flatnonzero(city.kind == Kind.DISTRICT).tolist()
    ids = tuple(city.ids[i] for i in chosen)
    columns = {
        name: tuple(_text(column[i]) for i in chosen)
        for name, column in city.attributes.items()
        if not NO_KEYS.fullmatch(name)
    }
    # what several areas have in common, such as their level, names none of them
    keys = {name: values for name, values in columns.items() if len(set(values) - {""}) > len(values) // 2}
    labels = tuple(
        columns.get("name", ids)[i] or columns.get("ref", ids)[i] or object_id for i, object_id in enumerate(ids)
    )
    return Districts(dataset, ids, labels, keys | {"id": ids})


def _text(value: object) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def join(keys: Sequence[str], districts: Districts, attribute: str = "") -> Join:
    """
    The areas some keys mean.

    Parameters
    ----------
    keys
        As a table has them.
    attribute
        What of the areas they name; the one most keys agree with when empty.
    """
    names = [attribute] if attribute in districts.keys else sorted(districts.keys, key=_rank)
    return max((_joined(keys, districts, name) for name in names), key=lambda found: found.matched)


def best_join(keys: Sequence[str], known: Iterable[Districts]) -> Join | None:
    """
    The areas of the dataset most keys agree with; None where none agrees with any.

    Of datasets that as many keys agree with, the one with the fewest areas left over is meant.
    """
    found = [joined for districts in known if (joined := join(keys, districts)).matched]
    return max(found, key=lambda one: (one.matched, -len(one.without_row)), default=None)


def _rank(name: str) -> tuple[int, str]:
    return (PREFERRED.index(name) if name in PREFERRED else len(PREFERRED), name)


def _joined(keys: Sequence[str], districts: Districts, attribute: str) -> Join:
    index: dict[str, int] = {}
    for i, value in enumerate(districts.keys[attribute]):
        if value:
            key = plain_key(value)
            index[key] = -1 if key in index else i
    return Join(districts, attribute, tuple(_area(key, index) for key in keys))


def _area(key: str, index: dict[str, int]) -> int:
    return next((index[form] for form in forms(key) if form in index), -1)


def forms(key: str) -> list[str]:
    """
    How a key may be spelled in the areas, its own spelling first.

    Examples
    --------
    >>> forms("905 Dellbrück"), forms("Stadtteil Dellbrück"), forms("0905")
    (['905 dellbrueck', 'dellbrueck', '905'], ['dellbrueck'], ['905'])
    """
    found = [plain_key(key)]
    for pattern in _BOTH:
        if match := pattern.match(key.strip()):
            found += [plain_key(part) for part in match.groupdict().values() if part]
    # a name says more than a number, which may be a running one
    return list(dict.fromkeys([found[0], *sorted(found[1:], key=str.isdigit)]))


def plain_key(text: str) -> str:
    """
    A name or number as it is compared: lower case, without umlauts, leading zeros and the word for what it names.

    Examples
    --------
    >>> plain_key("Stadtteil  Köln-Dellbrück"), plain_key("01"), plain_key("905.0")
    ('koeln-dellbrueck', '1', '905')
    """
    plain = _KINDS.sub("", " ".join(text.lower().split())).translate(_UMLAUTS)
    plain = re.sub(r"\s*([-/])\s*", r"\1", plain)
    number = re.fullmatch(r"0*(\d+)(\.0)?", plain)
    return number[1] if number else plain


def is_total(key: str) -> bool:
    """Whether a row is likely the sum of others."""
    return bool(_TOTAL.search(key))

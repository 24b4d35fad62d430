"""Finding an object by what a person types: address, name or id, with the usual mistakes.

First ids and whole words, then beginnings of words, then words a letter or two away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from kastor.city.model import Kind
from kastor.store.database import Database
from kastor.store.folding import close, folded
from kastor.store.objects import BY_KEY, ObjectRow, object_row
from kastor.store.visibility import ALL
from kastor.store.words import all_of, beginnings

BY_ID = "SELECT key FROM objects WHERE id >= ? AND id < ? AND ended IS NULL ORDER BY id LIMIT ?"
BY_WORDS = {
    "sqlite": "SELECT o.key, o.words, o.kind, o.label_key FROM words w CROSS JOIN objects o ON o.key = w.rowid"
    " WHERE w.words MATCH ? LIMIT ?",
    "postgresql": "SELECT key, words, kind, label_key FROM objects"
    " WHERE word_index @@ CAST(? AS tsquery) AND ended IS NULL ORDER BY key LIMIT ?",
}
VOCABULARY = "SELECT term FROM vocabulary WHERE length(term) BETWEEN ? AND ?"

CANDIDATES = 2000
"""Hits that are compared with each other."""


def search(database: Database, q: str, limit: int) -> list[ObjectRow]:
    """Objects a person may mean, best first; see ``Tenant.search``."""
    typed = q.strip()[:200]
    if not typed or limit < 1:
        return []
    execute = database.reader().execute
    found: dict[int, None] = {}
    for start in dict.fromkeys((typed, typed.upper(), typed.lower())):
        if len(typed) >= 3 or start == typed:
            found.update((row[0], None) for row in execute(BY_ID, (start, start + "\U0010ffff", limit)))
    words = folded(typed).split()
    # a house number the twin does not have must not hide the street
    for wanted in (words, [word for word in words if not word[0].isdigit()]):
        if wanted and len(found) < limit and (wanted is words or not found):
            found.update(dict.fromkeys(_by_words(database, wanted, limit)))
    rows = (object_row(execute(BY_KEY, (key,)).fetchone()) for key in found)
    return list(islice(_streets_once(rows), limit))


def _streets_once(rows: Iterable[ObjectRow]) -> Iterator[ObjectRow]:
    """The first piece of each street only: a person means the street, which the map cuts at every crossing."""
    named: set[str] = set()
    for row in rows:
        if row.kind is Kind.STREET and row.label != row.id:
            if row.label in named:
                continue
            named.add(row.label)
        yield row


def _by_words(database: Database, words: list[str], limit: int) -> list[int]:
    """Hits of whole words, then of beginnings, then, when there are none, of similar words."""
    found: dict[int, None] = {}
    meant = [[word] for word in words]
    for query in (all_of(meant, database.dialect), beginnings(words, database.dialect)):
        if len(found) < limit:
            found.update(dict.fromkeys(_ranked(database, query, meant)))
    if not found:
        meant = [_corrected(database, word) for word in words]
        if all(meant):
            found.update(dict.fromkeys(_ranked(database, all_of(meant, database.dialect), meant)))
    return list(found)


def _ranked(database: Database, query: str, meant: list[list[str]]) -> list[int]:
    """Hits of a query of the word index: most whole words first, then those that say least else."""
    hits = database.reader().execute(BY_WORDS[database.dialect], (query, CANDIDATES)).fetchall()
    starts = tuple(meant[0])

    def rank(hit: tuple[int, str, int, str]) -> tuple[int, int, int, str]:
        _, own, kind, label_key = hit
        found = set(own.split())
        missed = sum(found.isdisjoint(each) for each in meant)
        return (missed, 0 if own.startswith(starts) else 1, len(found) if missed == 0 else kind, label_key)

    return [hit[0] for hit in sorted(hits, key=rank)]


def _corrected(database: Database, word: str) -> list[str]:
    """Words of the twin that may have been meant; the word itself when the twin has it."""
    most = 0 if len(word) < 4 or word[0].isdigit() else 1 if len(word) < 8 else 2
    terms = [t for (t,) in database.reader().execute(VOCABULARY, (len(word) - most, len(word) + most))]
    if word in terms and _in_sight(database, word):
        return [word]
    for distance in range(1, most + 1):
        near = [t for t in terms if close(word, t, distance)]
        found = [t for t in near[:50] if _in_sight(database, t)]
        if found:
            return found
    return []


def _in_sight(database: Database, term: str) -> bool:
    """Whether the reader sees anything with a word; the word index knows those of hidden datasets too."""
    if database.states == ALL:
        return True
    return bool(_ranked(database, all_of([[term]], database.dialect), [[term]]))

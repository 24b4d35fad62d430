"""A tenant's own model: learned from the shipped texts and its closed cases, kept only when it is not worse.

What staff made of a case is the truth: the procedure it was closed under. The newest fifth of the cases judges the
model before and after; neither has seen it. The texts stay in the case log, only weights of terms are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kastor.cases.understanding import examples as shipped_texts
from kastor.cases.understanding import training
from kastor.cases.understanding.evaluation import Evaluation, evaluate
from kastor.cases.understanding.examples import Example
from kastor.cases.understanding.intents import MODEL, named_in, shipped
from kastor.cases.understanding.model import Model, read, write
from kastor.store import Tenant, cases

FEWEST = 10
"""Closed cases from which on something can be learned and judged."""
NEWEST = 0.2
"""Share of the cases that judges."""
LEAST_OWN = 2
"""A term must stand in so many texts to be kept: single persons' words are not."""


class LearningError(ValueError):
    """A tenant's own model cannot be learned yet; the message says how many cases there are."""


@dataclass(frozen=True)
class Lesson:
    """What retraining brought."""

    texts: int
    """Corrected texts learned from, those that judged too."""
    before: Evaluation
    after: Evaluation
    model: Model
    """Learned from all texts."""

    @property
    def better(self) -> bool:
        """Whether the new model is at least as often right."""
        return self.after.accuracy >= self.before.accuracy


def closed_cases(tenant: Tenant, most: int = 50_000) -> list[Example]:
    """First message of every closed case with the procedure it was closed under, oldest first; erased ones are gone."""
    found = []
    with tenant.database.read() as connection:
        for case in sorted(cases.listed(connection, ("closed", "decided"), limit=most), key=lambda case: case.opened):
            if case.erased or not case.procedure:
                continue
            stored = cases.log(connection, case.id, cases.key_of(connection, case.id))
            text = next((_text(one.entry.personal) for one in stored if one.entry.kind == "received"), "")
            if text:
                found.append(Example(text, case.procedure))
    return found


def _text(personal: Mapping[str, object]) -> str:
    return "\n".join(str(personal[name]) for name in ("subject", "text") if personal.get(name)).strip()


def learned(own: Sequence[Example], before: Model | None = None, base: Sequence[Example] = ()) -> Lesson:
    """
    A model of the shipped texts and corrected ones, and what it brings.

    Parameters
    ----------
    own
        Corrected texts, oldest first.
    before
        The model used so far; the shipped one when None.
    base
        Texts learned from besides; the shipped ones when empty.

    Raises
    ------
    LearningError
        Too few texts.
    """
    if len(own) < FEWEST:
        raise LearningError(
            f"There are {len(own)} corrected texts; at least {FEWEST} are needed to learn and to judge."
        )
    split = len(own) - max(1, round(NEWEST * len(own)))
    held_back = own[split:]
    others = base or shipped_texts.shipped()
    named = named_in([example.text for example in held_back])
    after = evaluate(_taught([*others, *own[:split]]), held_back, named)
    return Lesson(len(own), evaluate(before or shipped(), held_back, named), after, _taught([*others, *own]))


def _taught(every: Sequence[Example]) -> Model:
    groups = [example.group or -i for i, example in enumerate(every, 1)]
    texts = [example.text for example in every]
    return training.train(texts, [e.label for e in every], named_in(texts), least=LEAST_OWN, groups=groups)


def path(tenant: Tenant) -> Path:
    """Where a tenant's own model is kept."""
    return tenant.directory / "understanding" / MODEL


def keep(tenant: Tenant, model: Model) -> None:
    """Make a model the one the tenant's texts are read with."""
    file = path(tenant)
    file.parent.mkdir(exist_ok=True)
    half = file.with_suffix(".part")
    half.write_bytes(write(model))
    half.replace(file)


def own_model(tenant: Tenant) -> Model | None:
    """The tenant's own model; None when it has none."""
    file = path(tenant)
    return read(file.read_bytes()) if file.is_file() else None

"""A wholly new procedure: one of three templates with the name, the law and the rest its author gives.

A template is itself a procedure that passes all checks, so that what is made of it can be tried at once; questions,
rules and letters are then changed like those of any other (:mod:`kastor.cases.changes`). It decides nothing before two
people have released it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from xml.sax.saxutils import quoteattr

import orjson
from pydantic import BaseModel, ConfigDict, Field

from kastor.cases.about import Basis, Retention
from kastor.cases.procedure import Procedure, laid_out, procedure, read, wrong

TEMPLATES = Path(__file__).parent / "templates"
"""An application rules may grant, one a person decides, a report."""

Short = Annotated[str, Field(min_length=2, max_length=300)]


class Named(BaseModel):
    """A text in German and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    de: Short
    en: Short


class NewProcedure(BaseModel):
    """
    What the author of a new procedure says first.

    Attributes
    ----------
    id
        Its id, which is the intent of the requests it is for.
    template
        What kind of request it is for.
    autonomy
        Whether rules may decide in favour, or only propose.
    sentences
        How people begin such a request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    template: Literal["antrag", "pruefung", "meldung"]
    names: Named
    purpose: Named
    law: Literal["private", "public"]
    autonomy: Literal["automatic", "propose"]
    place: Literal["dwelling", "building", "parcel", "point"]
    basis: tuple[Basis, ...] = Field(min_length=1, max_length=20)
    retention: Retention
    sentences: tuple[Short, ...] = Field(default=(), max_length=200)


@cache
def templates() -> Mapping[str, Procedure]:
    """The templates, by id."""
    return {one.name: read(one) for one in sorted(TEMPLATES.iterdir()) if (one / "procedure.json").is_file()}


def drafted(wanted: NewProcedure) -> Procedure:
    """
    A new procedure of a template.

    Raises
    ------
    InvalidProcedure
        When rules would decide what only a person may.
    """
    template = templates()[wanted.template]
    if wanted.template == "antrag" and wanted.law == "public":
        raise wrong(
            "procedure.json", "law",
            "Im öffentlichen Recht entscheidet immer eine Person. Nehmen Sie „Antrag an eine Person“.",
            "Under public law a person always decides. Take “application to a person”.",
        )  # fmt: skip
    if wanted.template != "antrag" and wanted.autonomy == "automatic":
        raise wrong(
            "procedure.json", "autonomy", "Hier entscheidet eine Person. Wählen Sie: Regeln schlagen vor.",
            "A person decides here. Choose: rules propose.",
        )  # fmt: skip
    about = orjson.loads(template.files["procedure.json"])
    said = wanted.model_dump(mode="json", include=set(NewProcedure.model_fields) - {"template"})
    files = {name: _renamed(content, template, wanted) for name, content in template.files.items()}
    files["procedure.json"] = laid_out({**about, **said})
    return procedure(files)


def _renamed(content: bytes, template: Procedure, wanted: NewProcedure) -> bytes:
    """A file with the id and the name of the new procedure where the template has its own."""
    old, new = template.id, wanted.id
    name, wanted_name = template.about.names["de"], wanted.names.de
    text = content.decode()
    for before, after in (
        (f"urn:kastor:procedures:{old}", f"urn:kastor:procedures:{new}"), (f'id="{old}_rules"', f'id="{new}_rules"'),
        (f'id="{old}_steps"', f'id="{new}_steps"'), (f'process id="{old}"', f'process id="{new}"'),
        (f'bpmnElement="{old}"', f'bpmnElement="{new}"'), (f'name="{name}"', f"name={quoteattr(wanted_name)}"),
        (f'"title": "{name}"', f'"title": {orjson.dumps(wanted_name).decode()}'),
    ):  # fmt: skip
        text = text.replace(before, after)
    return text.encode()

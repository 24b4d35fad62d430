"""Gives back what it was given: to try out whether a program talks to Kastor as it should."""

from __future__ import annotations

from typing import ClassVar

import shapely
from pydantic import Field

from kastor.city.site import Site
from kastor.process import About, Indicator, MethodCard, Output, Process, Progress, Result, said


class Echo(Process):
    """A number comes back, and the size of the area that was meant."""

    about: ClassVar[About] = About(
        id="echo",
        version="1",
        title={"de": "Echo", "en": "Echo"},
        summary={
            "de": "Gibt eine Zahl und die Größe des Gebiets zurück, um eine Verbindung zu prüfen.",
            "en": "Gives back a number and the size of the area, to try out a connection.",
        },
        outputs=(
            Output("echo", "indicator", {"de": "Die Zahl", "en": "The number"}, "1"),
            Output("size", "indicator", {"de": "Größe des Gebiets", "en": "Size of the area"}, "m2"),
        ),
        card=MethodCard(
            method={"de": "Nichts wird berechnet.", "en": "Nothing is computed."},
            sources=(),
            suited={"de": "Programme prüfen, die Modelle aufrufen.", "en": "Trying out programs that call models."},
            unsuited={"de": "Alles andere.", "en": "Anything else."},
            checked={"de": "Was hineingeht, kommt heraus.", "en": "What goes in comes out."},
        ),
        keywords=("test",),
    )

    number: float = Field(0.0, ge=-1e12, le=1e12, json_schema_extra=said("Zahl", "Number"))

    def run(self, site: Site, progress: Progress) -> Result:
        """The number and the size."""
        progress.at(1.0, {"de": "Antwort", "en": "Answer"})
        return Result((Indicator("echo", self.number, "1"), Indicator("size", float(shapely.area(site.area)), "m2")))

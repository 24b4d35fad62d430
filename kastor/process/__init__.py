"""What a computation on the city is: its parameters, what it needs, what it gives, how it is described.

A process is a frozen class whose fields are its parameters. What else is to be said about it stands in
``about``: titles, needs, outputs with units, and a method card. ``run`` is pure: the same parameters on the
same :class:`~kastor.city.site.Site` give the same :class:`Result`, without reading or writing anything.
The description over OGC API - Processes, the command ``kastor run``, the form in the browser, the page of
documentation and the test of all processes follow from this and from nothing else.
"""

from __future__ import annotations

from kastor.process.checks import (
    MEMORY_SHARE,
    NEED_WORDS,
    NEEDED_KINDS,
    check_demand,
    check_result,
    check_site,
)
from kastor.process.contract import (
    About,
    Column,
    Demand,
    LegendClass,
    MethodCard,
    Need,
    Output,
    Process,
    Progress,
    Quiet,
)
from kastor.process.errors import (
    InvalidInput,
    MissingData,
    ProcessError,
    TooMuch,
    WrongResult,
)
from kastor.process.inputs import (
    Choice,
    german_fault,
    made,
    parameters,
    said,
)
from kastor.process.results import (
    Features,
    Indicator,
    Raster,
    Result,
    Series,
)
from kastor.process.words import LANGUAGES, Words

__all__ = [
    "LANGUAGES",
    "MEMORY_SHARE",
    "NEEDED_KINDS",
    "NEED_WORDS",
    "About",
    "Choice",
    "Column",
    "Demand",
    "Features",
    "Indicator",
    "InvalidInput",
    "LegendClass",
    "MethodCard",
    "MissingData",
    "Need",
    "Output",
    "Process",
    "ProcessError",
    "Progress",
    "Quiet",
    "Raster",
    "Result",
    "Series",
    "TooMuch",
    "Words",
    "WrongResult",
    "check_demand",
    "check_result",
    "check_site",
    "german_fault",
    "made",
    "parameters",
    "said",
]

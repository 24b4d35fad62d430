"""All built-in functions by their names (DMN 1.5, 10.3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kastor.cases.feel.functions_contexts import CONTEXTS
from kastor.cases.feel.functions_dates import DATES
from kastor.cases.feel.functions_lists import LISTS
from kastor.cases.feel.functions_numbers import NUMBERS_AND_LOGIC
from kastor.cases.feel.functions_ranges import RANGES
from kastor.cases.feel.functions_texts import TEXTS
from kastor.cases.feel.signatures import Builtin

BUILTINS: Final[Mapping[str, Builtin]] = {**TEXTS, **NUMBERS_AND_LOGIC, **LISTS, **CONTEXTS, **DATES, **RANGES}

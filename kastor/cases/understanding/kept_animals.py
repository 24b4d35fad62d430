"""How many dogs or cats live in a dwelling already: "schon einen Hund", "no other pets", "Katzen habe ich nicht".

What somebody wishes for is not counted, so a number needs "schon" or "already" beside it.
"""

from __future__ import annotations

import re

from kastor.cases.understanding import measures
from kastor.cases.understanding.values import Context, Found

DOGS, CATS = r"(?:hund(?:e|en|es)?|dogs?)", r"(?:katzen?|kater|cats?)"
"""Words for each."""
_ANY = r"(?:haustiere?n?|tiere?n?|pets?|animals?)"
_NO = r"(?:kein(?:e|en|er|erlei)?|no|not any|(?:don'?t|do not) have any|haven'?t (?:got )?any|without|ohne|weder)"
_OTHER = r"(?:weiter\w*|ander\w*|sonst\w*|other|further|additional)"
_ONE = {"ein": 1, "eine": 1, "einen": 1, "one": 1, "a": 1}


def read_dogs(text: str, context: Context) -> list[Found]:
    """Number of dogs there already."""
    return _kept(text, DOGS, CATS, context)


def read_cats(text: str, context: Context) -> list[Found]:
    """Number of cats there already."""
    return _kept(text, CATS, DOGS, context)


def _kept(text: str, kind: str, other: str, context: Context) -> list[Found]:
    read = measures.said(text)
    number = r"(?P<n>\d{1,2}|" + "|".join(_ONE) + ")"
    for pattern in (
        rf"\b(?:schon|bereits|already)\W+(?:have\W+|own\W+|habe\W+|ich\W+)?{number}\W+{kind}\b",
        rf"\b(?:have|own|habe|haben|hab)\W+(?:ich\W+|wir\W+|got\W+)?{number}\W+{_OTHER}\W+{kind}\b",
        rf"\b{number}\W+{kind}\W+(?:\w+\W+){{0,3}}?(?:already|schon|bereits)\b",
    ):
        if m := re.search(pattern, read.text):
            count = _ONE.get(m["n"]) or int(m["n"])
            return [Found(count, read.origin(m.start()), read.origin(m.end()), 0.9)]
    for thing in (rf"(?:{kind}|{_ANY})", rf"{other}\W+(?:\w+\W+){{0,2}}?(?:oder|und|or|and|noch|nor)\W+{kind}"):
        for pattern in (
            rf"\b{_NO}\W+(?:{_OTHER}\W+|\w+\W+(?:oder|or|noch|nor)\W+)?{thing}\b",
            rf"\b{thing}\W+(?:\w+\W+){{0,4}}?(?:nicht|keine?)\b(?!\W+(?:mehr|nur|halten))",
        ):
            if m := re.search(pattern, read.text):
                return [Found(0, read.origin(m.start()), read.origin(m.end()), 0.88)]
    return measures.read_count(text, context) if context.asked else []

"""Built-in functions of texts (DMN 1.5, 10.3.4.3), and writing any value as a text (10.3.4.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from kastor.cases.feel.patterns import Pattern, PatternError, pattern_of
from kastor.cases.feel.signatures import builtin, by_name
from kastor.cases.feel.values import Range, Value, checked_list, checked_text


def substring(text: str, start: Decimal, length: Decimal | None = None) -> Value:
    """So many characters from a position on, counted from 1, or from -1 at the end; null outside the text."""
    at = int(start)
    if at == 0 or abs(at) > len(text) or (length is not None and length < 1):
        return None
    begin = at - 1 if at > 0 else len(text) + at
    return text[begin:] if length is None else text[begin : begin + int(length)]


def string_length(text: str) -> Decimal:
    """How many characters, one for each code point."""
    return Decimal(len(text))


def substring_before(text: str, match: str) -> str:
    """What stands before a match; empty if there is none."""
    return text.partition(match)[0] if match and match in text else ""


def substring_after(text: str, match: str) -> str:
    """What stands behind a match; empty if there is none."""
    return text.partition(match)[2] if match else text


def string_join(parts: list[Value], delimiter: str | None = None) -> Value:
    """Texts with a delimiter in between; null elements are left out, anything else gives null."""
    if any(part is not None and not isinstance(part, str) for part in parts):
        return None
    return checked_text((delimiter or "").join(part for part in parts if part is not None))


def string_join_within(parts: list[Value], delimiter: str | None, prefix: str | None, suffix: str | None) -> Value:
    """Texts with a delimiter in between, a prefix before and a suffix behind."""
    joined = string_join(parts, delimiter)
    return None if joined is None else checked_text((prefix or "") + joined + (suffix or ""))


# --- patterns


def _pattern(text: str, flags: str | None) -> Pattern | None:
    try:
        return pattern_of(text, flags or "")
    except PatternError:
        return None


def matches(text: str, pattern: str, flags: str | None = None) -> Value:
    """Whether a pattern fits somewhere in a text; null for what is no pattern."""
    found = _pattern(pattern, flags)
    return None if found is None else found.find(text) is not None


def replace(text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    """The text with a replacement wherever a pattern fits; null if the pattern fits an empty text."""
    found = _pattern(pattern, flags)
    pieces = (
        _replacement(replacement, found.groups) if found is not None and "q" not in (flags or "") else [replacement]
    )
    if found is None or pieces is None or found.find("") is not None:
        return None
    made: list[str] = []
    end = 0
    for match in found.all(text):
        made.append(text[end : match.start])
        made += (piece if isinstance(piece, str) else match.group(text, piece) for piece in pieces)
        end = match.end
    return checked_text("".join((*made, text[end:])))


def _replacement(text: str, groups: int) -> list[str | int] | None:
    """Texts and numbers of groups a replacement consists of; None if it is not well formed."""
    found: list[str | int] = []
    at = 0
    while at < len(text):
        character, following = text[at], text[at + 1 : at + 2]
        if character == "\\":
            if following not in ("\\", "$"):
                return None
            found.append(following)
            at += 2
        elif character == "$":
            number, at = _group_number(text, at + 1, groups)
            if number is None:
                return None
            found.append(number)
        else:
            found.append(character)
            at += 1
    return found


def _group_number(text: str, at: int, groups: int) -> tuple[int | None, int]:
    """The number of a group behind ``$``: as many digits as there are groups for, at least one."""
    start = at
    number: int | None = None
    while at < len(text) and text[at] in "0123456789":
        if at > start and (at - start > 8 or int(text[start : at + 1]) > groups):
            break
        number = int(text[start : at + 1])
        at += 1
    return number, at


def split(text: str, delimiter: str) -> Value:
    """The parts of a text between all places where a pattern fits."""
    found = _pattern(delimiter, "")
    if found is None:
        return None
    parts: list[Value] = []
    end = 0
    for match in found.all(text):
        if match.end > match.start or match.start > 0:
            parts.append(text[end : match.start])
            end = match.end
    return checked_list([*parts, text[end:]])


# --- writing values


def number_text(value: Decimal) -> str:
    """A number in plain digits, without an exponent and without zeros behind the last decimal."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def string(value: Value) -> Value:
    """Any value as a text; a text as it is, null as null."""
    return value if value is None or isinstance(value, str) else written(value)


def written(value: Value) -> str:
    """A value as an expression would write it; texts in quotation marks."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return checked_text("[" + ", ".join(written(each) for each in value) + "]")
    if isinstance(value, dict):
        return checked_text("{" + ", ".join(f"{_key(key)}: {written(each)}" for key, each in value.items()) + "}")
    return _written_range(value) if isinstance(value, Range) else str(value)


def _key(key: str) -> str:
    return key if key.replace(" ", "").isalnum() or key.isidentifier() else written(key)


def _written_range(value: Range) -> str:
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{written(value.start)}..{written(value.end)}{closing}"


TEXTS: Final = by_name(
    builtin(("substring(string: string, start position: number, length?: number)", substring)),
    builtin(("string length(string: string)", string_length)),
    builtin(("upper case(string: string)", str.upper)),
    builtin(("lower case(string: string)", str.lower)),
    builtin(("substring before(string: string, match: string)", substring_before)),
    builtin(("substring after(string: string, match: string)", substring_after)),
    builtin(("contains(string: string, match: string)", str.__contains__)),
    builtin(("starts with(string: string, match: string)", str.startswith)),
    builtin(("ends with(string: string, match: string)", str.endswith)),
    builtin(
        ("matches(input: string, pattern: string)", matches),
        ("matches(input: string, pattern: string, flags: string?)", matches),
    ),
    builtin(
        ("replace(input: string, pattern: string, replacement: string)", replace),
        ("replace(input: string, pattern: string, replacement: string, flags: string?)", replace),
    ),
    builtin(("split(string: string, delimiter: string)", split)),
    builtin(
        ("string join(list: list, delimiter?: string?)", string_join),
        ("string join(list: list, delimiter: string?, prefix: string?, suffix: string?)", string_join_within),
    ),
    builtin(("string(from: any)", string)),
)

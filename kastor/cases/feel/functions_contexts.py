"""Built-in functions of contexts (DMN 1.5, 10.3.4.6)."""

from __future__ import annotations

from typing import Final

from kastor.cases.feel.signatures import builtin, by_name
from kastor.cases.feel.values import Value

Context = dict[str, Value]


def get_value(context: Context, key: str) -> Value:
    """The entry of a key; null if there is none."""
    return context.get(key)


def get_value_at(context: Context, keys: list[Value]) -> Value:
    """The entry at the end of a path of keys."""
    found: Value = context
    for key in keys:
        if type(found) is not dict or not isinstance(key, str):
            return None
        found = found.get(key)
    return found


def get_entries(context: Context) -> list[Value]:
    """Key and value of each entry."""
    return [{"key": key, "value": value} for key, value in context.items()]


def context_of(entries: list[Value]) -> Value:
    """A context of entries with ``key`` and ``value``; null if one lacks them or a key is there twice."""
    found: Context = {}
    for entry in entries:
        if type(entry) is not dict or "value" not in entry:
            return None
        key = entry.get("key")
        if not isinstance(key, str) or key in found:
            return None
        found[key] = entry["value"]
    return found


def context_put(context: Context, key: str, value: Value) -> Value:
    """The context with one entry set."""
    return {**context, key: value}


def context_put_at(context: Context, keys: list[Value], value: Value) -> Value:
    """The context with the entry at the end of a path of keys set."""
    if not keys or not isinstance(keys[0], str):
        return None
    if len(keys) == 1:
        return context_put(context, keys[0], value)
    inner = context.get(keys[0])
    if type(inner) is not dict:
        return None
    changed = context_put_at(inner, keys[1:], value)
    return None if changed is None else {**context, keys[0]: changed}


def context_merge(contexts: list[Value]) -> Value:
    """All contexts in one, later ones first in rank; null if something else is among them."""
    found: Context = {}
    for each in contexts:
        if type(each) is not dict:
            return None
        found.update(each)
    return found


CONTEXTS: Final = by_name(
    builtin(
        ("get value(m: context, key: string)", get_value),
        ("get value(context: context, key: string)", get_value),
        ("get value(context: context, keys: list)", get_value_at),
    ),
    builtin(("get entries(m: context)", get_entries), ("get entries(context: context)", get_entries)),
    builtin(("context(entries: list)", context_of)),
    builtin(
        ("context put(context: context, key: string, value: any)", context_put),
        ("context put(context: context, keys: list, value: any)", context_put_at),
    ),
    builtin(("context merge(contexts: list)", context_merge)),
)

"""What filters ask of PostgreSQL beyond plain SQL: the functions of ``filter_functions.py`` in its own words.

For PostgreSQL 13 or newer with PostGIS. Each tenant's schema has its own.
"""

from __future__ import annotations


def _sql(name: str, arguments: str, result: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION kastor_{name}({arguments}) RETURNS {result} "
        f"LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $f$ SELECT {body} $f$"
    )


def _attribute_sql(name: str, result: str, kind: str, value: str) -> str:
    read = "(convert_from($1, 'UTF8')::jsonb -> $2)"
    return _sql(name, "bytea, text", result, f"CASE WHEN jsonb_typeof{read} = '{kind}' THEN {value.format(read)} END")


FILTER_FUNCTIONS = (
    *(
        _sql(f"s_{name}", "bytea, bytea", "boolean", f"ST_{name.title()}(ST_GeomFromWKB($1), ST_GeomFromWKB($2))")
        for name in ("intersects", "disjoint", "equals", "touches", "within", "contains", "overlaps", "crosses")
    ),
    _sql("a_equals", "jsonb, jsonb", "boolean", "$1 @> $2 AND $2 @> $1"),
    _sql("a_contains", "jsonb, jsonb", "boolean", "$1 @> $2"),
    _sql("a_containedby", "jsonb, jsonb", "boolean", "$2 @> $1"),
    _sql(
        "a_overlaps", "jsonb, jsonb", "boolean",
        "EXISTS (SELECT 1 FROM jsonb_array_elements($1) a, jsonb_array_elements($2) b WHERE a.value = b.value)",
    ),
    _sql("like", "text, text", "boolean", "$1 LIKE $2 ESCAPE '\\'"),
    _sql("casei", "text", "text", "replace(replace(lower($1 COLLATE \"und-x-icu\"), 'ß', 'ss'), 'ς', 'σ')"),
    _sql("accenti", "text", "text", "regexp_replace(normalize($1, NFKD), '[\\u0300-\\u036F]', '', 'g')"),
    _sql("power", "double precision, double precision", "double precision",
         "CASE WHEN $1 = 0 AND $2 < 0 OR $1 < 0 AND $2 <> trunc($2) THEN NULL "
         "WHEN $1 <> 0 AND abs($2 * ln(abs($1))) > 700 THEN NULL ELSE power($1, $2) END"),
    _sql("modulo", "double precision, double precision", "double precision",
         "CASE WHEN $2 <> 0 THEN mod($1::text::numeric, $2::text::numeric)::double precision END"),
    _sql("whole", "double precision, double precision", "double precision",
         "CASE WHEN $2 <> 0 THEN trunc($1 / $2) END"),
    _sql("ratio", "double precision, double precision", "double precision", "CASE WHEN $2 <> 0 THEN $1 / $2 END"),
    _attribute_sql("text_of", "text", "string", "{} #>> '{{}}'"),
    _attribute_sql("number_of", "double precision", "number", "({})::double precision"),
    _attribute_sql("boolean_of", "boolean", "boolean", "({})::boolean"),
    _attribute_sql("array_of", "jsonb", "array", "{}"),
    "CREATE OR REPLACE FUNCTION kastor_instant(value text) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT"
    " PARALLEL SAFE AS $f$ BEGIN"
    " IF value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN RETURN extract(epoch FROM value::date) * 1000000.0; END IF;"
    " IF value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?$'"
    " THEN RETURN extract(epoch FROM"
    " CASE WHEN length(value) < 20 OR value ~ '[.][0-9]+$' THEN (value || 'Z')::timestamptz"
    " ELSE value::timestamptz END) * 1000000.0; END IF;"
    " RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN NULL; END $f$",
)  # fmt: skip
"""Statements that make all of them."""

"""From what another server says about a process to a process that looks like an own one.

Its inputs become parameters, judged here as far as their JSON Schema is plain, and by the other server in the end. Its
outputs become indicators, rasters, features and series; others are left out. What it does not say is not made up: an
output without a unit has to be given one by whoever adds the process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import ConfigDict, Field, PydanticUserError, create_model

from kastor.city.site import Site
from kastor.process import (
    LANGUAGES,
    About,
    Column,
    Demand,
    InvalidInput,
    LegendClass,
    MethodCard,
    Output,
    Process,
    Progress,
    Result,
)
from kastor.store.remotes import Remote

AREA, EDITS, VARIANT = "area", "edits", "variant"

MOST_INPUTS = 200

AREA_FORMATS = ("geojson-geometry", "geojson-polygon", "geojson-multipolygon")
BOX_FORMAT = "ogc-bbox"

KINDS: Mapping[str, Any] = {"number": float, "integer": int, "string": str, "boolean": bool}
LIMITS = {
    "minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt", "minLength": "min_length",
    "maxLength": "max_length", "multipleOf": "multiple_of",
}  # fmt: skip

SPOKEN = {"title": "x-title", "description": "x-help", "help": "x-help"}
"""Texts that come in the language that was asked for, and where both are kept, see :func:`kastor.process.said`."""

OURS = {*SPOKEN.values(), "x-required", "$ref", "discriminator"}
"""Members that mean something to this program only, or lead out of a schema."""

DEEPEST = 30

UNSAID = {"de": "Der fremde Dienst sagt es nicht.", "en": "The other server does not say."}


class RemoteProcess(Process):
    """A process that another server runs; only :mod:`~kastor.planning.remote.running` knows how."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_default=True
    )

    address: ClassVar[str]
    area_input: ClassVar[str]
    area_is_box: ClassVar[bool]
    takes_edits: ClassVar[bool]
    waits: ClassVar[bool]

    def demand(self, size: float) -> Demand:
        """What waiting for another server takes; how long that computes is learnt from earlier results."""
        return Demand(5.0, 2e8)

    def run(self, site: Site, progress: Progress) -> Result:
        """Nothing here can compute it."""
        raise NotImplementedError("a process of another server is asked for over the network")


def process_of(remote: Remote) -> type[RemoteProcess]:
    """
    The process another server offers.

    Raises
    ------
    InvalidInput
        When its description lacks what is needed.
    """
    texts = (orjson.dumps(part) for part in (remote.described, remote.units))
    return _process(remote.name, remote.address, *texts)


@lru_cache(maxsize=256)
def _process(name: str, address: str, described: bytes, units: bytes) -> type[RemoteProcess]:
    both = orjson.loads(described)
    merged = _merged(both["de"], both["en"])
    if not isinstance(merged, dict) or not isinstance(merged.get("inputs", {}), dict):
        raise InvalidInput(
            f"{address}: this is no description of a process (OGC API - Processes).",
            f"{address}: Das ist keine Beschreibung eines Modells (OGC API - Processes).",
        )
    inputs, outputs = merged.get("inputs", {}), merged.get("outputs", {})
    if len(inputs) > MOST_INPUTS or not isinstance(outputs, dict) or not outputs:
        raise InvalidInput(
            f"{address}: a process has up to {MOST_INPUTS} inputs and at least one output.",
            f"{address}: Ein Modell hat bis zu {MOST_INPUTS} Eingaben und mindestens eine Ausgabe.",
        )
    area, is_box = _area_input(inputs)
    special = {area, EDITS, *([VARIANT] if _names_variants(inputs) else [])}
    fields = {
        f"p{number}": _field(address, key, said)
        for number, (key, said) in enumerate(inputs.items())
        if key not in special
    }
    try:
        found: type[RemoteProcess] = create_model("Remote", __base__=RemoteProcess, **fields)
        found.model_json_schema()
    except (PydanticUserError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"{address}: its inputs cannot be read: {str(error)[:200]}",
            f"{address}: Seine Eingaben lassen sich nicht lesen: {str(error)[:200]}",
        ) from None
    found.about = _about(name, address, merged, orjson.loads(units))
    found.address, found.area_input, found.area_is_box = address, area, is_box
    found.takes_edits = EDITS in inputs
    options = merged.get("jobControlOptions") or []
    found.waits = "async-execute" not in options
    return found


def _merged(german: Any, english: Any, depth: int = 0) -> Any:
    """One document of two: ``title`` and ``description`` in both languages, everything else as the German one."""
    if depth > DEEPEST:
        raise InvalidInput(
            "The description of the process is nested too deeply to be read.",
            "Die Beschreibung des Modells ist zu tief verschachtelt.",
        )
    if isinstance(german, list) and isinstance(english, list) and len(german) == len(english):
        return [_merged(*pair, depth + 1) for pair in zip(german, english, strict=True)]
    if not isinstance(german, dict) or not isinstance(english, dict):
        return german
    found: dict[str, Any] = {}
    for key, value in german.items():
        other = english.get(key) or value
        if key in OURS:
            continue
        if key in SPOKEN and isinstance(value, str) and (key != "help" or "value" in german):
            found[SPOKEN[key]] = {"de": value, "en": str(other)}
        elif key == "method" and isinstance(value, dict) and isinstance(other, dict):
            found[key] = {part: _both(text, other.get(part)) for part, text in value.items()}
        else:
            found[key] = _merged(value, other, depth + 1)
    return found


def _names_variants(inputs: Mapping[str, Any]) -> bool:
    """Whether another Kastor asks for one of its own variants, which mean nothing here; edits are sent instead."""
    said = inputs.get(VARIANT)
    schema = said.get("schema") if isinstance(said, dict) else None
    return isinstance(schema, dict) and {"id", "revision"} <= set(schema.get("properties") or ())


def _area_input(inputs: Mapping[str, Any]) -> tuple[str, bool]:
    """Name of the input that takes the area, empty without, and whether it wants a box."""
    formats = {key: str(_schema(said).get("format", "")) for key, said in inputs.items()}
    for key, form in formats.items():
        if key == AREA or form in AREA_FORMATS:
            return key, form == BOX_FORMAT
    return next(((key, True) for key, form in formats.items() if form == BOX_FORMAT), ("", False))


def _schema(said: Any) -> dict[str, Any]:
    schema = said.get("schema", {}) if isinstance(said, dict) else {}
    return schema if isinstance(schema, dict) else {}


def _field(address: str, key: str, said: Any) -> Any:
    """A parameter: its type as far as it is plain, and its schema as the other server gave it."""
    if not isinstance(said, dict):
        raise InvalidInput(
            f"{address}: the input {key[:60]!r} is not described.",
            f"{address}: Die Eingabe {key[:60]!r} ist nicht beschrieben.",
        )
    schema = _schema(said)
    told = {name: said[name] for name in ("x-title", "x-help") if name in said}
    own = {**schema, **told}
    own["x-title"] = _words(own.get("x-title"), {"de": key, "en": key})
    needed = _number(said.get("minOccurs", 1)) > 0 and "default" not in schema
    many = said.get("maxOccurs", 1)
    kind = Any if many == "unbounded" or _number(many) > 1 else _kind(schema)
    shown = Field(... if needed else schema.get("default"), alias=key, json_schema_extra=_instead(own))
    return (kind if needed or schema.get("default") is not None else kind | None, shown)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 1.0


def _instead(schema: dict[str, Any]) -> Any:
    """Show a schema in place of the one pydantic would make."""

    def put(made: dict[str, Any]) -> None:
        made.clear()
        made.update(schema)

    return put


def _kind(schema: Mapping[str, Any]) -> Any:
    values = schema.get("enum")
    if isinstance(values, list) and values and all(isinstance(v, str | int | bool) for v in values):
        return Literal[tuple(values)]
    kind = KINDS.get(str(schema.get("type")), None)
    if kind is None:
        return Any
    limits = {
        pydantic: schema[name]
        for name, pydantic in LIMITS.items()
        if type(schema.get(name)) in ((int,) if kind is not float else (int, float))
        and (kind is str) == ("Length" in name)
        and kind is not bool
        and (schema[name] > 0 or name not in ("minLength", "maxLength", "multipleOf"))
    }
    return Annotated[kind, Field(strict=kind is not float, **limits)]


def _about(name: str, address: str, said: Mapping[str, Any], units: Mapping[str, str]) -> About:
    title = _words(said.get("x-title"), {"de": name, "en": name})
    outputs = tuple(filter(None, (_output(address, key, one, units) for key, one in said["outputs"].items())))
    if not outputs:
        raise InvalidInput(
            f"{address}: it gives no number, raster, features or series, so nothing can be shown.",
            f"{address}: Es gibt weder Zahl noch Raster, Objekte oder Zeitreihe; es gäbe nichts zu zeigen.",
        )
    return About(
        id=name,
        version=str(said.get("version", ""))[:100],
        title=title,
        summary=_words(said.get("x-help"), title),
        outputs=outputs,
        card=_card(said),
        largest=float("inf"),
        keywords=tuple(str(word) for word in said.get("keywords") or ())[:20],
    )


def _card(said: Mapping[str, Any]) -> MethodCard:
    """The method card a Kastor server gives; of others what they say about the process."""
    given = said.get("method")
    method = given if isinstance(given, dict) else {}
    sources = method.get("sources")
    return MethodCard(
        method=_words(method.get("method"), _words(said.get("x-help"), UNSAID)),
        sources=tuple(str(source) for source in sources) if isinstance(sources, list) else (),
        suited=_words(method.get("suited"), UNSAID),
        unsuited=_words(method.get("unsuited"), UNSAID),
        checked=_words(method.get("checked"), UNSAID),
    )


def _both(german: Any, english: Any = None) -> Any:
    """A text in both languages; anything else as it is."""
    if isinstance(german, str) and german:
        return {"de": german, "en": english if isinstance(english, str) and english else german}
    return german


def _words(said: Any, otherwise: Mapping[str, str]) -> Mapping[str, str]:
    """What is a text in both languages, or what stands for it."""
    whole = isinstance(said, dict) and all(isinstance(said.get(language), str) for language in LANGUAGES)
    return {language: said[language] for language in LANGUAGES} if whole else otherwise


def _output(address: str, key: str, said: Any, units: Mapping[str, str]) -> Output | None:
    """What of the result profile an output is; None when it is nothing of it."""
    kind = _type_of(_schema(said))
    if kind is None:
        return None
    schema = _schema(said)
    unit = units.get(key) or schema.get("x-unit") or schema.get("unit") or ("1" if kind == "features" else "")
    if not unit:
        raise InvalidInput(
            f"{address}: it does not say in which unit {key!r} is. Name it when adding the process (UCUM, 1 for plain"
            " numbers).",
            f"{address}: Zu {key!r} fehlt die Einheit. Geben Sie sie beim Hinzufügen an (UCUM, 1 für reine Zahlen).",
        )
    title = _words(said.get("x-title"), {"de": key, "en": key})
    better = schema.get("x-better", "")
    return Output(output_id(key), kind, title, str(unit), better if better in ("more", "less") else "", _legend(schema),
                  _columns(schema))  # fmt: skip


def output_id(key: str) -> str:
    """What an output is called here: as there, in what names of files may have."""
    return re.sub(r"[^a-z0-9_-]", "_", key.lower()).lstrip("_-")[:60] or "output"


def _type_of(schema: Mapping[str, Any]) -> Literal["indicator", "raster", "features", "series"] | None:
    media = str(schema.get("contentMediaType", "")).lower()
    if media.startswith("image/tiff"):
        return "raster"
    if "geo+json" in media or str(schema.get("format", "")).startswith("geojson"):
        return "features"
    if schema.get("type") in ("number", "integer"):
        return "indicator"
    if "x-unit" in schema and schema.get("type") == "array":
        return "series"
    parts = [part for key in ("oneOf", "anyOf", "allOf") for part in schema.get(key) or () if isinstance(part, dict)]
    return next(filter(None, map(_type_of, parts)), None)


def _columns(schema: Mapping[str, Any]) -> tuple[Column, ...]:
    entries = [one for one in schema.get("x-columns") or () if isinstance(one, dict) and isinstance(one.get("id"), str)]
    return tuple(
        Column(one["id"], _words(one.get("x-title"), {"de": one["id"], "en": one["id"]}), str(one.get("unit", "")))
        for one in entries
    )


def _legend(schema: Mapping[str, Any]) -> tuple[LegendClass, ...]:
    found = []
    for entry in schema.get("x-legend") or ():
        if isinstance(entry, dict) and re.fullmatch(r"#[0-9a-f]{6}", str(entry.get("colour"))):
            low, high = (v if isinstance(v, int | float) else None for v in (entry.get("low"), entry.get("high")))
            title = _words(entry.get("x-title"), _words(entry.get("title"), {"de": "", "en": ""}))
            found.append(LegendClass(low, high, entry["colour"], title))
    return tuple(found)

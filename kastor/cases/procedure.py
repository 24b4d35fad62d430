"""How a kind of case runs, as data: one folder of open files that a town edits, tests, releases and shares.

A procedure is ``procedure.json`` (legal basis, outcomes, deadlines, what may be decided without a person),
``form.json`` (what is asked, :mod:`kastor.cases.forms`), ``rules.dmn`` (DMN 1.5), ``steps.bpmn`` (BPMN 2.0), letters
in German, English and Leichte Sprache, ``cases.json`` (worked cases its author stands by) and tables of its own such
as breed lists. :func:`read` takes a folder only when everything in it holds together, else it says what is wrong,
where, and the cure. The version is a hash over all files: the same folder has the same version everywhere.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from kastor.cases import dmn
from kastor.cases.about import About, Lookup, Outcome
from kastor.cases.forms import LANGUAGES, Form, form_of

SHIPPED = Path(__file__).parent / "procedures"
"""Procedures that come with Kastor."""

MOST_BYTES = 8_000_000
"""A procedure is text; more than this is not one. [byte]"""

MOST_FILES = 400


@dataclass(frozen=True)
class Problem:
    """
    Something that keeps a procedure from being used.

    Parameters
    ----------
    file, place
        Where it is.
    de, en
        What is wrong and what to do.
    """

    file: str
    place: str
    de: str
    en: str

    def __str__(self) -> str:
        return self.said("en")

    def said(self, language: str) -> str:
        """Where it is and what to do, in ``de`` or ``en``."""
        return f"{self.file}{f', {self.place}' if self.place else ''}: {self.en if language == 'en' else self.de}"


class InvalidProcedure(ValueError):
    """A folder or an archive that is no usable procedure; ``problems`` names everything that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def wrong(file: str, place: str, de: str, en: str) -> InvalidProcedure:
    """One problem as an error."""
    return InvalidProcedure([Problem(file, place, de, en)])


@dataclass(frozen=True)
class Procedure:
    """
    A procedure that holds together.

    Parameters
    ----------
    about
        Name, law, outcomes, deadlines.
    form
        What is asked.
    rules
        Decision tables.
    letters
        Text by language and name.
    files
        Everything it was read from, by path inside the folder.
    """

    about: About
    form: Form
    rules: dmn.Model
    letters: Mapping[tuple[str, str], str]
    files: Mapping[str, bytes]

    @property
    def id(self) -> str:
        """Its id, which is the intent of the requests it is for."""
        return self.about.id

    @cached_property
    def version(self) -> str:
        """SHA-256 over the names and hashes of all files, hexadecimal."""
        return version_of(self.files)

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """By id."""
        return {one.id: one for one in self.about.outcomes}

    @cached_property
    def tables(self) -> Mapping[str, Any]:
        """Its tables beside the rules, by file."""
        return {one.table: orjson.loads(self.files[one.table]) for one in self.about.lookups}

    def looked_up(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Values its tables give for some facts, by slot.

        Parameters
        ----------
        facts
            Values by slot; what is not in it is not known.
        """
        found = {}
        for one in self.about.lookups:
            entries = self.tables[one.table]["entries"]
            found[one.slot] = entries.get(facts.get(one.key), entries[one.otherwise])["value"]
        return found

    def protected(self, facts: Mapping[str, Any]) -> Mapping[str, tuple[Any, ...]]:
        """
        Values a person has to weigh, by slot, for some facts (a breed is listed in one state and not in another).

        Parameters
        ----------
        facts
            Values by slot.
        """
        tables = self.looked_up(facts)
        return {slot: (*listed.values, *tables.get(listed.lookup, ())) for slot, listed in self.about.protected.items()}

    @property
    def steps(self) -> bytes:
        """BPMN 2.0 XML."""
        return self.files["steps.bpmn"]

    @cached_property
    def cases(self) -> tuple[Mapping[str, Any], ...]:
        """Worked cases its author stands by."""
        return tuple(orjson.loads(self.files["cases.json"])["cases"])


def laid_out(content: Any) -> bytes:
    """JSON as the files of procedures are laid out."""
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def tables(procedure: Procedure) -> Iterator[tuple[str, dmn.DecisionTable]]:
    """The tables of a procedure with the names of their decisions."""
    for decision in procedure.rules.decisions:
        if isinstance(decision.logic, dmn.DecisionTable):
            yield decision.name, decision.logic


def version_of(files: Mapping[str, bytes]) -> str:
    """Hash over all files; the order they were read in does not matter."""
    whole = sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{sha256(files[name]).hexdigest()}\n".encode())
    return whole.hexdigest()


def read(folder: Path) -> Procedure:
    """
    The procedure of a folder.

    Raises
    ------
    InvalidProcedure
        When something is missing or does not hold together; all of it is named.
    """
    if not folder.is_dir():
        raise InvalidProcedure([Problem(str(folder), "", "Kein Ordner.", "No such folder.")])
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    if len(paths) > MOST_FILES or sum(p.stat().st_size for p in paths) > MOST_BYTES:
        raise InvalidProcedure([_too_large(folder.name)])
    return procedure({p.relative_to(folder).as_posix(): p.read_bytes() for p in paths})


def procedure(files: Mapping[str, bytes]) -> Procedure:
    """
    The procedure of some files, by their path inside its folder.

    Raises
    ------
    InvalidProcedure
        As :func:`read`.
    """
    missing = [
        one for one in ("procedure.json", "form.json", "rules.dmn", "steps.bpmn", "cases.json") if one not in files
    ]
    if missing:
        text = [(one, "Die Datei fehlt. Legen Sie sie an.", "The file is missing. Create it.") for one in missing]
        raise InvalidProcedure([Problem(one, "", de, en) for one, de, en in text])
    about, problems = _about(files["procedure.json"])
    schema, more = _json("form.json", files["form.json"])
    form, wrong = form_of(schema)
    problems += more + [Problem("form.json", place, de, en) for place, de, en in wrong]
    rules = _rules(files["rules.dmn"], problems)
    letters = _letters(files, problems)
    if about is None or rules is None or problems:
        raise InvalidProcedure(problems)
    found = Procedure(about, form, rules, letters, dict(files))
    problems = list(_unfit(found))
    if problems:
        raise InvalidProcedure(problems)
    return found


def pack(one: Procedure) -> bytes:
    """
    A procedure as one archive, always the same bytes for the same files.

    Returns
    -------
    A ZIP archive: what the store keeps of each version, and what the catalogue hands on.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(one.files):
            archive.writestr(zipfile.ZipInfo(name), one.files[name], zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def unpack(packed: bytes) -> Procedure:
    """
    The procedure of an archive; nothing is written anywhere.

    Raises
    ------
    InvalidProcedure
        When it is no archive, too large, or its files do not hold together.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
            if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > MOST_BYTES:
                raise InvalidProcedure([_too_large("archive")])
            return procedure({one.filename: archive.read(one) for one in entries})
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        text = ("Kein ZIP-Archiv eines Verfahrens.", "No ZIP archive of a procedure.")
        raise InvalidProcedure([Problem("archive", "", *text)]) from error


@cache
def shipped() -> Mapping[str, Procedure]:
    """The procedures that come with Kastor, by id."""
    return {one.name: read(one) for one in sorted(SHIPPED.iterdir()) if (one / "procedure.json").is_file()}


def _too_large(name: str) -> Problem:
    return Problem(
        name, "", f"Mehr als {MOST_FILES} Dateien oder {MOST_BYTES:,} Byte. Entfernen Sie, was nicht dazugehört.",
        f"More than {MOST_FILES} files or {MOST_BYTES:,} bytes. Remove what does not belong to it.",
    )  # fmt: skip


def _json(file: str, content: bytes) -> tuple[Any, list[Problem]]:
    try:
        return orjson.loads(content), []
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return None, [Problem(file, place, f"Kein JSON: {error.msg}.", f"No JSON: {error.msg}.")]


def _about(content: bytes) -> tuple[About | None, list[Problem]]:
    said, problems = _json("procedure.json", content)
    if problems:
        return None, problems
    try:
        return About.model_validate(said), []
    except ValidationError as error:
        return None, [
            Problem("procedure.json", ".".join(map(str, e["loc"])), f"{e['msg']}.", f"{e['msg']}.")
            for e in error.errors()
        ]


def _rules(content: bytes, problems: list[Problem]) -> dmn.Model | None:
    try:
        return dmn.read(content)
    except dmn.DmnError as error:
        problems.append(Problem("rules.dmn", "", f"Die Regeln sind nicht lesbar: {error}", f"Not readable: {error}"))
        return None


def _letters(files: Mapping[str, bytes], problems: list[Problem]) -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for path, content in files.items():
        parts = path.split("/")
        if parts[0] != "letters":
            continue
        if len(parts) != 3 or parts[1] not in LANGUAGES or not parts[2].endswith(".txt"):
            text = (
                "Briefe heißen letters/de/NAME.txt (de, en, leicht).",
                "Letters are letters/de/NAME.txt (de, en, leicht).",
            )
            problems.append(Problem(path, "", *text))
            continue
        try:
            found[parts[1], parts[2].removesuffix(".txt")] = content.decode()
        except UnicodeDecodeError:
            problems.append(Problem(path, "", "Kein UTF-8. Speichern Sie neu.", "Not UTF-8. Save it again."))
    return found


def _unfit(one: Procedure) -> Iterator[Problem]:
    """What does not fit together between the files."""
    about = one.about
    for language in ("de", "en"):
        if not about.names.get(language):
            yield Problem("procedure.json", f"names.{language}", "Der Name fehlt.", "The name is missing.")
    for outcome in about.outcomes:
        yield from _unfit_outcome(one, outcome)
    for table in about.lookups:
        yield from _unfit_lookup(one, table)
    yield from _unfit_protected(about, one.form)
    yield from _unfit_rules(one)


def _unfit_outcome(one: Procedure, outcome: Outcome) -> Iterator[Problem]:
    place = f"outcomes.{outcome.id}"
    if outcome.automatic and (outcome.favourable is False or one.about.autonomy == "human"):
        yield Problem(
            "procedure.json", place, "Darf nicht ohne Person eintreten. Setzen Sie automatic auf false.",
            "May not come about without a person. Set automatic to false.",
        )  # fmt: skip
    if outcome.automatic and outcome.favourable and one.about.law == "public":
        yield Problem(
            "procedure.json", place,
            "Im öffentlichen Recht entscheidet immer eine Person. Setzen Sie automatic auf false.",
            "Under public law a person always decides. Set automatic to false.",
        )  # fmt: skip
    for language in LANGUAGES if outcome.letter else ():
        if (language, outcome.letter) not in one.letters:
            yield Problem(
                f"letters/{language}/{outcome.letter}.txt", "", f"Der Brief zu {outcome.id} fehlt.",
                f"The letter of {outcome.id} is missing.",
            )  # fmt: skip


def _unfit_protected(about: About, form: Form) -> Iterator[Problem]:
    for slot, listed in about.protected.items():
        if slot not in form.slots or listed.lookup not in {"", *(each.slot for each in about.lookups)}:
            yield Problem(
                "procedure.json", f"protected.{slot}", "Die Angabe oder die Tabelle gibt es nicht.",
                "There is no such slot or lookup.",
            )  # fmt: skip


def _unfit_rules(one: Procedure) -> Iterator[Problem]:
    about = one.about
    for name in filter(None, (about.decision, about.recommendation, *about.asks)):
        if name not in {each.name for each in one.rules.decisions}:
            yield Problem(
                "procedure.json", "decision", f"Die Regeln haben keine Entscheidung {name!r}.",
                f"The rules have no decision {name!r}.",
            )  # fmt: skip
    for words in dmn.problems(one.rules):
        yield Problem("rules.dmn", "", f"Nicht lesbar: {words}", f"Not readable: {words}")
    known = set(one.form.slots) | {lookup.slot for lookup in about.lookups}
    for name in (each.name for each in one.rules.inputs):
        if name not in known:
            yield Problem(
                "rules.dmn", name, "Die Regeln lesen eine Angabe, die das Formular nicht kennt.",
                "The rules read a value the form does not know.",
            )  # fmt: skip


def _unfit_lookup(one: Procedure, lookup: Lookup) -> Iterator[Problem]:
    if lookup.table not in one.files:
        yield Problem(lookup.table, "", "Die Tabelle fehlt.", "The table is missing.")
        return
    said, problems = _json(lookup.table, one.files[lookup.table])
    yield from problems
    entries = said.get("entries") if isinstance(said, dict) else None
    if not problems and (not isinstance(entries, dict) or lookup.otherwise not in entries):
        yield Problem(
            lookup.table,
            "entries",
            f"Braucht den Eintrag {lookup.otherwise!r}.",
            f"Needs an entry {lookup.otherwise!r}.",
        )
    if lookup.key not in one.form.slots:
        yield Problem("procedure.json", f"lookups.{lookup.slot}", f"{lookup.key!r} ist keine Angabe des Formulars.",
                      f"{lookup.key!r} is no slot of the form.")  # fmt: skip

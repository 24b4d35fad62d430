"""The check of a plan file: what it is, what is in it, and what does not follow the standard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kastor.formats.errors import FormatError
from kastor.formats.xplanung.areas import check_areas
from kastor.formats.xplanung.model import Finding, PlanFile
from kastor.formats.xplanung.read import VERSIONS, read
from kastor.formats.xplanung.references import check_references
from kastor.formats.xplanung.schema import check_schema
from kastor.formats.xplanung.texts import text

ORDER = {"error": 0, "warning": 1, "hint": 2}


@dataclass(frozen=True)
class Checked:
    """
    A file and what was found in it.

    Parameters
    ----------
    file
        None when it could not be read; the only finding says why.
    """

    source: str
    file: PlanFile | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing breaks the standard."""
        return all(f.severity != "error" for f in self.findings)


def check(path: Path, schemas: Path | None = None) -> Checked:
    """
    Read a file and check it; a file that cannot be read is a finding, too.

    Parameters
    ----------
    schemas
        Folder with the XML schemas of XPlanGML; without it they are not checked, and a hint says so.
    """
    try:
        file = read(path)
    except FormatError as error:
        values = {"problem": error.problem, "cure": error.cure}
        return Checked(path.name, None, (Finding("not_readable", "error", values=values),))
    found = [*problems(file), *check_schema(path, file, schemas)]
    return Checked(path.name, file, tuple(sorted(found, key=lambda f: ORDER[f.severity])))


def problems(file: PlanFile) -> list[Finding]:
    """What is wrong with a file that was read, the schema aside; the worst first."""
    found = [*file.findings, *_version(file), *check_references(file), *check_areas(file)]
    return sorted(found, key=lambda f: ORDER[f.severity])


def _version(file: PlanFile) -> Iterable[Finding]:
    if file.version not in VERSIONS:
        yield Finding("version_unknown", "warning", values={"version": file.version, "known": ", ".join(VERSIONS)})


def as_json(checked: Checked) -> dict[str, Any]:
    """The check as plain data, for programs."""
    file = checked.file
    return {
        "file": checked.source,
        "sound": checked.sound,
        "version": file.version if file else None,
        "crs": file.crs if file else None,
        "plans": [
            {
                "id": plan.object.id,
                "kind": plan.kind,
                "name": plan.name,
                "number": plan.number,
                "type": plan.type_code,
                "legal_state": plan.legal_state,
                "dates": plan.dates,
                "municipalities": [m.name for m in plan.municipalities],
                "sections": [{"id": s.object.id, "number": s.number, "name": s.name} for s in plan.sections],
                "objects": len(plan.objects),
            }
            for plan in (file.plans if file else ())
        ],
        "objects": file.counts() if file else {},
        "attachments": [{"name": a.name, "bytes": a.bytes} for a in (file.attachments if file else ())],
        "findings": [
            {
                "code": f.code,
                "severity": f.severity,
                "object": f.object_id or None,
                "class": f.kind or None,
                "line": f.line or None,
                "place": list(f.place) if f.place else None,
                "text": {language: text(f, language) for language in ("de", "en")},
            }
            for f in checked.findings
        ],
    }

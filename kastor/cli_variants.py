"""Commands for planning variants: list them, show one, make one of a file, write one into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kastor.process import ProcessError
from kastor.store import Tenant, open_tenant, variants
from kastor.store.visibility import STAFF, State
from kastor.web.settings import Settings

out = Console()

FORMATS = ("json", "glb", "cityjson")

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
VariantId = Annotated[str, typer.Argument(metavar="VARIANT", help="Id of the variant.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Revision = Annotated[int, typer.Option(min=0, help="A revision; 0 for the present one.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    own = typer.Typer(help="Planning variants.", no_args_is_help=True)
    app.add_typer(own, name="variant")
    own.command("list")(list_command)
    own.command("show")(show_command)
    own.command("create")(create_command)
    own.command("export")(export_command)


def list_command(tenant: TenantId, as_json: AsJson = False) -> None:
    """List the variants of a tenant, the one changed last first."""
    with open_tenant(Settings().home, tenant) as opened:
        found = variants.all_variants(opened.database)
    if as_json:
        print(orjson.dumps([_entry(one) for one in found], option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("id", "name", "state", "origin", "revision", "edits", "changed")
    for one in found:
        table.add_row(one.id, one.name, one.state, one.origin, str(one.revision), str(one.count), one.changed[:16])
    out.print(table)


def show_command(tenant: TenantId, variant: VariantId, revision: Revision = 0, as_json: AsJson = False) -> None:
    """Show a variant: its edits, and which of them no longer fit the city."""
    from kastor.planning import changes
    from kastor.planning.variant import conflicts

    with open_tenant(Settings().home, tenant) as opened:
        found, saved = _read(opened, variant, revision)
        unfit = conflicts(opened, changes.read(saved.edits))
    if as_json:
        said = [{"edit": one.edit, "number": one.number, "words": dict(one.words)} for one in unfit]
        document = {**_entry(found), "revision": saved.revision, "edits": saved.edits, "conflicts": said}
        print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        return
    out.print(f"{found.name} ({found.state}), revision {saved.revision}", markup=False, highlight=False)
    table = Table("edit", "id", "object", "conflict")
    words = {one.number: one.words["en"] for one in unfit}
    for number, edit in enumerate(saved.edits):
        table.add_row(edit["kind"], edit["id"], edit.get("object", ""), words.get(number, ""))
    out.print(table)


def create_command(
    tenant: TenantId,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")],
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="JSON with a list of edits.", exists=True, dir_okay=False)
    ] = None,
    state: Annotated[State, typer.Option(help="Who sees it.")] = State.DRAFT,
) -> None:
    """Make a variant, with the edits of a file or empty, and print its id."""
    from kastor.planning import variant as planning

    with open_tenant(Settings().home, tenant) as opened:
        try:
            edits = _edits(file) if file is not None else []
            made = planning.begin(opened, name, edits, "", "")
        except ProcessError as error:
            raise typer.BadParameter(str(error)) from error
        if state is not State.DRAFT:
            variants.describe(opened.database, made.id, None, state, "")
    print(made.id)


def export_command(
    tenant: TenantId,
    variant: VariantId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.", dir_okay=False)],
    format: Annotated[str, typer.Option(help=f"One of {', '.join(FORMATS)}.")] = "json",
    revision: Revision = 0,
) -> None:
    """Write a variant into a file: its edits, or the objects it adds and changes."""
    if format not in FORMATS:
        raise typer.BadParameter(f"{format!r} is none of {', '.join(FORMATS)}.", param_hint="--format")
    with open_tenant(Settings().home, tenant) as opened:
        _, saved = _read(opened, variant, revision)
        if format == "json":
            file.write_bytes(orjson.dumps(saved.edits, option=orjson.OPT_INDENT_2))
        else:
            _write_objects(opened, saved.edits, file, format)
    out.print(f"{len(saved.edits)} edits of revision {saved.revision} are in {file}.", highlight=False)


def _write_objects(opened: Tenant, edits: list[dict[str, Any]], file: Path, format: str) -> None:
    from kastor import formats
    from kastor.planning import changes
    from kastor.planning.overlay import overlay, planned

    seen, read = opened.showing(STAFF), changes.read(edits)
    if format == "cityjson":
        formats.write(planned(seen, read), file, format)
        return
    content = overlay(seen, read)
    if not content:
        raise typer.BadParameter("The variant adds no building and no tree, so there is nothing to draw.")
    file.write_bytes(content)


def _read(opened: Tenant, variant: str, revision: int) -> tuple[variants.Variant, variants.Saved]:
    return variants.variant(opened.database, variant), variants.saved(opened.database, variant, revision or None)


def _edits(file: Path) -> Any:
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"{file} is no JSON: {error}.") from error


def _entry(one: variants.Variant) -> dict[str, Any]:
    return {
        "id": one.id, "name": one.name, "state": one.state.value, "origin": one.origin, "parent": one.parent,
        "revision": one.revision, "created": one.created, "changed": one.changed, "edits": one.count,
    }  # fmt: skip

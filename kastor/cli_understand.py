"""Commands for the understanding of requests: judge a model by labelled texts, learn one from closed cases."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kastor.store import open_tenant
from kastor.web.settings import Settings

out = Console()

File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="CSV with the columns text,label[,date,lon,lat].", exists=True, dir_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    own = typer.Typer(help="How requests are understood.", no_args_is_help=True)
    app.add_typer(own, name="understand")
    own.command("evaluate")(evaluate_command)
    own.command("train")(train_command)
    own.command("endpoint")(endpoint_command)
    own.command("build")(build_command)


def evaluate_command(
    file: File,
    train: Annotated[
        Path | None, typer.Option("--train", help="CSV to learn from first, same columns.", exists=True, dir_okay=False)
    ] = None,
    tenant: Annotated[
        str,
        typer.Option("--tenant", help="Tenant whose ways and areas say what lies at lon,lat, and whose model is used."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Judge by labelled texts how well kinds of request are told apart."""
    from kastor.cases.understanding import evaluation, examples, learning, places, training
    from kastor.cases.understanding.intents import named_in, shipped

    with _opened(tenant) as twin:
        try:
            judged = examples.read(file)
            taught = examples.read(train) if train else []
            model = learning.own_model(twin) if twin and not train else None
            if train:
                texts, labels = [e.text for e in taught], [e.label for e in taught]
                model = training.train(texts, labels, places.terms(taught, twin))
            where = places.terms(judged, twin) if train else named_in([e.text for e in judged])
            found = evaluation.evaluate(model or shipped(), judged, where)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    _print(found, as_json)


def _opened(tenant: str) -> Any:
    return open_tenant(Settings().home, tenant) if tenant else nullcontext()


def train_command(
    tenant: Annotated[str, typer.Option("--tenant", help="Tenant whose closed cases are learned from.")] = "",
    corrected: Annotated[
        Path | None,
        typer.Option(
            "--corrected", help="CSV of corrected texts (text,label) instead of cases.", exists=True, dir_okay=False
        ),
    ] = None,
    worse: Annotated[bool, typer.Option("--worse", help="Keep the new model though it is less often right.")] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from corrected closed cases, say what it brings, and keep the model when it is not worse."""
    from kastor.cases.understanding import examples, learning

    if not tenant:
        raise typer.BadParameter("Say with --tenant whose model is to be learned.")
    with open_tenant(Settings().home, tenant) as twin:
        try:
            own = examples.read(corrected) if corrected else learning.closed_cases(twin)
            lesson = learning.learned(own, learning.own_model(twin))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        kept = lesson.better or worse
        if kept:
            learning.keep(twin, lesson.model)
    _report(lesson, kept, as_json)


def build_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the models are written.", file_okay=False)],
) -> None:
    """Learn the shipped models again from the shipped texts: kinds of request, and the net for dangers."""
    from kastor.cases.understanding import danger_net, emergencies, intents
    from kastor.cases.understanding.model import write

    folder.mkdir(parents=True, exist_ok=True)
    (folder / intents.MODEL).write_bytes(write(intents.built()))
    (folder / danger_net.MODEL).write_bytes(write(danger_net.built(lambda text: emergencies.told(text) is None)))
    out.print(f"{intents.MODEL} and {danger_net.MODEL} are written to {folder}.", highlight=False)


def endpoint_command(
    tenant: Annotated[str, typer.Option("--tenant", help="Tenant it is for.")],
    url: Annotated[str, typer.Option("--url", help="Base address, such as http://localhost:8080/v1.")] = "",
    model: Annotated[str, typer.Option("--model", help="Name of the model there.")] = "",
    off: Annotated[bool, typer.Option("--off", help="Switch it off.")] = False,
) -> None:
    """Let a language model propose values of slots to a tenant, say which one may, or switch it off."""
    from kastor.cases.understanding.proposals import Endpoint, ProposalError, endpoint_of, set_endpoint

    with open_tenant(Settings().home, tenant) as twin:
        try:
            if off or url:
                set_endpoint(twin, None if off else Endpoint(url, model))
        except ProposalError as error:
            raise typer.BadParameter(str(error)) from error
        used = endpoint_of(twin)
    out.print(f"{used.model} at {used.url} may propose." if used else "No language model is asked.", highlight=False)


def _report(lesson: Any, kept: bool, as_json: bool) -> None:
    if as_json:
        content = {"texts": lesson.texts, "before": asdict(lesson.before), "after": asdict(lesson.after), "kept": kept}
        typer.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("", "before", "after")
    for name in ("accuracy", "top3", "coverage", "accuracy_answered", "calibration_error"):
        table.add_row(name, *(_share(getattr(one, name)) for one in (lesson.before, lesson.after)))
    out.print(table)
    out.print(
        f"{lesson.texts} corrected texts. " + ("The new model is used." if kept else "The model of before is kept.")
    )


def _print(found: Any, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2).decode())
        return
    table = Table(show_header=False)
    for name in ("texts", "labels", "unknown"):
        table.add_row(name, str(getattr(found, name)))
    for name in ("accuracy", "top3", "threshold", "coverage", "accuracy_answered", "calibration_error"):
        table.add_row(name, _share(getattr(found, name)))
    table.add_row("p95 [ms]", f"{found.p95_ms:.1f}")
    out.print(table)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

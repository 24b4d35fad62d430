"""The documentation names what there is: commands, findings, routes, settings; and its links lead somewhere."""

import re
import string
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main

from kastor.cases.channels.settings import ChannelSecrets
from kastor.city.finding_texts import TEXTS
from kastor.city.model import Kind
from kastor.city.report import LISTED_PER_CODE
from kastor.cli import app as cli
from kastor.formats.columns import ROLES
from kastor.loading import EXPORTS
from kastor.planning.remote.calls import RemoteSettings
from kastor.planning.worker import RunSettings
from kastor.store.roles import RIGHTS, Right, Role
from kastor.store.settings import StoreSettings
from kastor.web import pages
from kastor.web.app import create_app
from kastor.web.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *DOCS.rglob("*.md"),
        *(ROOT / "kastor").rglob("README.md"),
        *(ROOT / "tests" / "data").glob("README.md"),
    }
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TEXT = {page: page.read_text(encoding="utf-8") for page in PAGES}
COMMANDS = TEXT[DOCS / "reference" / "commands.md"]
FORMATS = TEXT[DOCS / "reference" / "formats.md"]
WEB = TEXT[DOCS / "reference" / "web_interface.md"]
FINDINGS = TEXT[DOCS / "handbuch" / "daten.md"]


def commands(group, path="kastor"):
    """Path and command of everything that can be run."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def section(text, heading):
    """What stands below a heading, up to the next one of its level."""
    level = heading.split(" ")[0]
    _, found, rest = f"\n{text}".partition(f"\n{heading}\n")
    assert found, f"there is no heading {heading!r}"
    return re.split(rf"\n#{{1,{len(level)}}} ", rest)[0]


def operations():
    """Method and route, and parameters, of everything the web interface answers to programs."""
    for path, methods in create_app(Settings()).openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]


def slug(heading):
    """Anchor of a heading."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower(), flags=re.ASCII)).strip("-")


def placeholders(texts, language):
    """Values both texts of a language speak of; ``{kind_de}`` in German is ``{kind_en}`` in English."""
    parsed = string.Formatter().parse(" ".join(texts[language]))
    return {name.removesuffix(f"_{language}") for _, name, _, _ in parsed if name is not None}


ALL = dict(commands(typer.main.get_command(cli)))


@pytest.mark.parametrize("name", list(ALL))
def test_every_option_of_a_command_is_documented(name):
    text = section(COMMANDS, f"## `{name}`")
    for parameter in ALL[name].params:
        for option in [*parameter.opts, *parameter.secondary_opts]:
            if option.startswith("-"):
                assert f"`{option}`" in text, f"{option} of {name}"
            else:
                assert re.search(rf"`{(parameter.metavar or option).strip('{}')}`", text, re.IGNORECASE), option


def test_every_option_of_the_program_is_documented():
    for parameter in typer.main.get_command(cli).params:
        assert f"`{parameter.opts[0]}`" in COMMANDS


def test_no_command_is_documented_that_does_not_exist():
    headings = re.findall(r"^## `(kastor [^`]+)`$", COMMANDS, re.MULTILINE)
    assert sorted(headings) == sorted(ALL)
    for name, command in ALL.items():
        real = {o for p in command.params for o in [*p.opts, *p.secondary_opts]}
        rows = re.findall(r"^\| (`--[^|]+) \|", section(COMMANDS, f"## `{name}`"), re.MULTILINE)
        assert {o for row in rows for o in re.findall(r"--[\w-]+", row)} <= real, name


def test_kinds_and_export_formats_are_named():
    load, export = (section(COMMANDS, f"## `kastor {name}`") for name in ("load", "export"))
    assert all(f"`{kind.name.lower()}`" in load for kind in Kind)
    assert all(f"`{name}`" in export and f"`{name}`" in section(FORMATS, "## Writing") for name in EXPORTS)


def test_every_role_of_a_column_is_named():
    text = section(FORMATS, "### Columns")
    assert [role for role in ROLES if f"`{role}`" not in text] == []


@pytest.mark.parametrize(
    "name",
    [
        *Settings.model_fields,
        *(one.name for kind in (StoreSettings, RemoteSettings, RunSettings, ChannelSecrets) for one in fields(kind)),
    ],
)
def test_every_setting_is_documented(name):
    assert f"`KASTOR_{name.upper()}`" in section(COMMANDS, "## Settings")


@pytest.mark.parametrize("code", list(TEXTS))
def test_every_finding_has_two_languages_that_speak_of_the_same(code):
    texts = TEXTS[code]
    assert set(texts) == {"de", "en"}
    assert all(part.strip() for pair in texts.values() for part in pair)
    assert placeholders(texts, "de") == placeholders(texts, "en")


def test_every_finding_is_explained_and_no_other():
    explained = re.findall(r"^\| `([a-z_0-9]+)` \|", FINDINGS, re.MULTILINE)
    assert sorted(explained) == sorted(TEXTS)


def test_the_number_of_listed_findings_is_right():
    assert f"at most {LISTED_PER_CODE:,} of one code" in FORMATS


@pytest.mark.parametrize(("path", "parameters"), list(operations()))
def test_every_route_is_documented_with_its_parameters(path, parameters):
    text = section(WEB, f"### `{path}`")
    whole = f"### `{path.removesuffix('.csv')}`"
    # a table takes the parameters of the page it is the table of
    if path.endswith(".csv") and f"\n{whole}\n" in WEB:
        text += section(WEB, whole)
    assert [name for name in parameters if f"`{name}`" not in text] == []


def test_the_routes_of_the_browser_app_are_documented():
    for route in pages.router.routes:
        assert section(WEB, f"### `GET {route.path.replace(':path', '')}`").strip()


def test_no_route_is_documented_that_does_not_exist():
    real = {path for path, _ in operations()} | {f"GET {r.path.replace(':path', '')}" for r in pages.router.routes}
    assert set(re.findall(r"^### `([A-Z]+ [^`]+)`$", WEB, re.MULTILINE)) == real


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(TEXT[page]):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.is_relative_to(ROOT), target
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", TEXT[found], re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, target


def test_every_page_is_in_the_navigation():
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    nav = re.findall(r"([\w/]+\.md)\s*$", config, re.MULTILINE)
    assert sorted(nav) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_the_page_on_rights_has_the_table_of_the_code() -> None:
    rows = re.findall(r"^\| [^|]+ \| `(\w+)` \|(.*)\|$", TEXT[DOCS / "reference" / "rights.md"], re.MULTILINE)
    granted = {role: [cell.strip() == "x" for cell in cells.split("|")] for role, cells in rows if role in set(Role)}
    assert granted == {role.value: [right in RIGHTS[role] for right in Right] for role in Role}

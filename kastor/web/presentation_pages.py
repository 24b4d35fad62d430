"""Pages a committee is shown, as one HTML file that needs no network: one thought a page, big type, plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WORDS: dict[str, dict[str, str]] = {
    "de": {"next": "Weiter", "back": "Zurück", "page": "Seite", "of": "von", "keys": "Mit den Pfeiltasten blättern.",
           "indicator": "Kennzahl", "unit": "Einheit"},
    "en": {"next": "Next", "back": "Back", "page": "Page", "of": "of", "keys": "Turn pages with the arrow keys.",
           "indicator": "Indicator", "unit": "Unit"},
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """
    A page.

    Parameters
    ----------
    title, text
        What it says; lines of the text become paragraphs.
    picture, alt
        File of a picture below the folder, and what is to be seen on it.
    table
        Rows of cells, the first one the heads.
    legend
        Colours and what they mean.
    small
        What stands below in small letters, such as sources.
    """

    title: str
    text: str = ""
    picture: str = ""
    alt: str = ""
    table: Sequence[Sequence[str]] = ()
    legend: Sequence[tuple[str, str]] = ()
    small: str = ""


def as_html(title: str, pages: Sequence[Page], language: str) -> str:
    """The pages as one document."""
    words = WORDS[language]
    shown = "\n".join(_page(number, len(pages), page, words) for number, page in enumerate(pages, start=1))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{shown}\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _page(number: int, count: int, page: Page, words: dict[str, str]) -> str:
    parts = [f"<h2>{escape(page.title)}</h2>" if number > 1 else f"<h1>{escape(page.title)}</h1>"]
    parts += [f"<p>{escape(line)}</p>" for line in page.text.splitlines() if line.strip()]
    if page.picture:
        parts.append(f'<img src="{escape(page.picture)}" alt="{escape(page.alt)}">')
    if page.legend:
        marks = "".join(
            f'<li><span style="background:{escape(colour)}"></span>{escape(said)}</li>' for colour, said in page.legend
        )
        parts.append(f'<ul class="legend">{marks}</ul>')
    if page.table:
        parts.append(_table(page.table))
    if page.small:
        parts.append(f"<small>{escape(page.small)}</small>")
    before = f'<a href="#p{number - 1}">{words["back"]}</a>' if number > 1 else ""
    after = f'<a href="#p{number + 1}">{words["next"]}</a>' if number < count else ""
    told = f" · {words['keys']}" if number == 1 and count > 1 else ""
    foot = f"<nav>{before}<span>{words['page']} {number} {words['of']} {count}{told}</span>{after}</nav>"
    return f'<section id="p{number}">\n{"".join(parts)}\n{foot}\n</section>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows[0])
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows[1:]
    )
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def number_with_word(cell: dict[str, Any], language: str, shown: str) -> str:
    """A value of a comparison with its difference as a word."""
    word = cell["word"][language] if cell.get("difference") is not None else ""
    return f"{shown} ({word})" if word and cell["value"] is not None else shown


STYLE = """
:root {
  color-scheme: light dark; --ink: #14161f; --soft: #51566b; --paper: #ffffff; --line: #d5d8e3; --accent: #2242a8;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #f1f2f7; --soft: #b4b8c9; --paper: #14161f; --line: #3a3f4f; --accent: #9db4ff }
}
html { scroll-snap-type: y mandatory; scroll-behavior: smooth }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.5rem/1.45 system-ui, sans-serif }
section { min-height: 100vh; box-sizing: border-box; padding: 3vh 5vw; display: flex; flex-direction: column;
  gap: 1.6vh; scroll-snap-align: start }
h1 { font-size: clamp(2.4rem, 6vw, 4.5rem); line-height: 1.1; margin: 12vh 0 2vh }
h2 { font-size: clamp(1.8rem, 3.6vw, 2.8rem); line-height: 1.15; margin: 0 }
p { margin: 0; max-width: 60rem }
img { max-width: 100%; max-height: 66vh; object-fit: contain; align-self: flex-start; border-radius: 6px }
small { font-size: 1rem; color: var(--soft) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: 1.2rem }
th, td { text-align: left; padding: .35em 1em .35em 0; border-bottom: 1px solid var(--line); vertical-align: top }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 1.2em; margin: 0; padding: 0; font-size: 1.1rem }
.legend span { display: inline-block; width: 1em; height: 1em; border-radius: 3px; margin-right: .4em;
  vertical-align: -.1em }
nav { margin-top: auto; display: flex; gap: 1.5em; align-items: center; font-size: 1rem; color: var(--soft) }
nav a { color: var(--accent); padding: .5em 0 }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
@media print { section { min-height: auto; break-after: page } nav { display: none } }
"""

SCRIPT = """
addEventListener("keydown", (event) => {
  const pages = [...document.querySelectorAll("section")];
  const here = pages.findIndex((page) => page.getBoundingClientRect().bottom > innerHeight / 2);
  const step = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  pages[Math.min(Math.max(here + step, 0), pages.length - 1)].scrollIntoView();
});
"""

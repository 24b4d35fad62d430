"""The chat as an HTML page that works without scripts; ``browser/src/chat`` makes it livelier where they run.

Everything anybody wrote goes through ``html.escape``; the shapes are the same as in ``browser/src/chat/draw.ts``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from uuid import uuid4

from kastor.cases.conversation import ME, PERSON_SAYS, Conversation, Enclosed, Entry
from kastor.cases.dialogue.questions import Question
from kastor.cases.message import Choice, Language
from kastor.web.chat_icons import ICONS

PLACE = "<!--page-->"
"""Where the page of the browser's build takes what is drawn here."""

BARE = (
    '<!doctype html>\n<html lang="de"><head><meta charset="utf-8"><title>Kastor</title></head>'
    f"<body>{PLACE}</body></html>"
)
"""The frame where the browser app is not built."""

LANGUAGES: Mapping[Language, tuple[str, str]] = {
    "de": ("DE", "Deutsch"), "en": ("EN", "English"), "leicht": ("Leicht", "Leichte Sprache"),
}  # fmt: skip
"""What stands on the switch, and what it is called."""

SCRIPT_WORDS = (
    "you", "colleague", "person_writes", "answers", "appointments", "take", "take_this", "enclosed", "sending", "waits",
    "offline", "refused",
)  # fmt: skip
"""Texts the scripts of the page need."""


@dataclass(frozen=True)
class Page:
    """
    What the page shows.

    Parameters
    ----------
    tenant, title
        Id and name of the tenant.
    language
        Of the page.
    conversation
        What was said up to now; None before the first message.
    welcome
        What stands there before anybody has written anything: a greeting with what can be pressed.
    form
        Questions to fill in at once instead of being asked one by one; empty for the chat.
    problem
        What was wrong with what was sent; empty when nothing.
    written
        What was sent with it, so that it need not be written again.
    finds_own
        Whether own cases can be found again here.
    """

    tenant: str
    title: str
    language: Language
    conversation: Conversation | None
    welcome: Entry
    form: tuple[Question, ...] = ()
    problem: str = ""
    written: str = ""
    finds_own: bool = False


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_name("chat_words.json").read_bytes())
    return found


def word(key: str, language: str) -> str:
    """A text of the page."""
    return _words()[key][language]


def as_html(page: Page, frame: str = BARE) -> str:
    """
    The whole page.

    Parameters
    ----------
    frame
        HTML of the browser's build, with ``PLACE`` in its body.
    """
    title = _title(page)
    return framed(frame, page.language, escape(title), _body(page, title), _manifest(page))


def invitation_html(tenant: str, language: Language, token: str, frame: str = BARE) -> str:
    """
    The page behind the link of a mail: a button that opens the conversation, or words that the link has ended.

    Parameters
    ----------
    token
        Of the link; empty when it has ended.
    """
    which = "" if token else "_ended"
    title, text = (escape(word(key, language)) for key in (f"continue{which}_title", f"continue{which or '_text'}"))
    home = f"/{escape(tenant)}/chat"
    if token:
        action = (
            f'<form method="post" action="{home}/continue/{escape(token)}">'
            f'<input type="hidden" name="language" value="{language}">'
            f'<button class="btn p full">{escape(word("continue_button", language))}</button></form>'
        )
    else:
        address = f"{home}?language={language}&amp;new=1"
        action = f'<a class="btn p full" href="{address}">{escape(word("continue_new", language))}</a>'
    body = f'<div id="chat"><main class="invitation"><h1>{title}</h1><p>{text}</p>{action}</main></div>'
    return framed(without_script(frame), language, title, body)


def without_script(frame: str) -> str:
    """The frame of a page that is no conversation; the script would look for one."""
    return re.sub(r'<script type="module"[^>]*></script>', "", frame)


def framed(frame: str, language: Language, title: str, body: str, head: str = "") -> str:
    """
    A whole page out of the frame of the browser's build.

    Parameters
    ----------
    title, body, head
        Ready for HTML; ``head`` is added to the head.
    """
    lang = "en" if language == "en" else "de"
    frame = frame.replace('<html lang="de">', f'<html lang="{lang}">')
    return frame.replace("<title>Kastor</title>", f"<title>{title} · Kastor</title>{head}").replace(PLACE, body)


def _title(page: Page) -> str:
    names = page.conversation.names if page.conversation else {}
    return names.get(page.language) or names.get("de") or word("title", page.language)


def _manifest(page: Page) -> str:
    address = f"/{page.tenant}/chat/manifest.webmanifest?language={page.language}"
    return f'<link rel="manifest" href="{escape(address)}">'


def _body(page: Page, title: str) -> str:
    entries = page.conversation.entries if page.conversation else (page.welcome,)
    asked = (page.conversation.asked if page.conversation else page.welcome) or None
    log = "".join(entry_html(page, entry) for entry in entries if entry.kind != "notice")
    main = _form(page) if page.form else _offered(page, asked)
    words = json.dumps({key: word(key, page.language) for key in SCRIPT_WORDS}, ensure_ascii=False)
    return (
        f'<div id="chat" data-tenant="{escape(page.tenant)}" data-language="{page.language}" '
        f'data-begun="{"true" if page.conversation else "false"}">'
        f"{_head(page, title)}{_notice(page)}"
        '<main id="scroll" tabindex="0">'
        f'<div role="log" aria-label="{_say(page, "conversation")}"><ol id="log">{log}</ol></div>'
        f'<div id="offered">{main}</div></main>{_foot(page)}'
        f'<script type="application/json" id="words">{words.replace("<", chr(92) + "u003c")}</script></div>'
    )


def _head(page: Page, title: str) -> str:
    reference = page.conversation.reference if page.conversation else page.title
    switch = "".join(
        f'<a href="/{escape(page.tenant)}/chat?language={code}" lang="{"en" if code == "en" else "de"}" '
        f'title="{name}"{" aria-current=true" if code == page.language else ""}>{short}</a>'
        for code, (short, name) in LANGUAGES.items()
    )
    return (
        f'<header><a class="btn ic" href="/{escape(page.tenant)}" aria-label="{_say(page, "back")}">'
        f"{icon('back', 'l')}</a>"
        f'<div class="grow"><h1 id="title">{escape(title)}</h1>'
        f'<span class="small muted" id="reference">{escape(reference)}</span></div>'
        f'<nav class="languages" aria-label="{_say(page, "languages")}">{switch}</nav></header>'
    )


def _notice(page: Page) -> str:
    before, who, after = (_say(page, f"notice_{part}") for part in ("before", "who", "after"))
    label = _say(page, "notice_label")
    text = f"<span>{before}<b>{who}</b>{after}</span>"
    return f'<section class="notice" aria-label="{label}">{icon("robot")}{text}</section>'


def entry_html(page: Page, entry: Entry) -> str:
    """One entry of the conversation."""
    key = "you" if entry.sender == ME else "person_writes" if entry.sender == PERSON_SAYS else "colleague"
    who = _say(page, key)
    inside = f'<span class="who small muted" aria-hidden="true">{who}</span>' if entry.sender == PERSON_SAYS else ""
    if entry.text:
        text = _paragraphs(entry.text, strong=entry.kind in ("summary", "emergency"))
        inside += f'<div class="bub {escape(entry.kind)}"><span class="sr">{who}: </span>{text}</div>'
    inside += "".join(_file(page, file) for file in entry.files)
    return f'<li class="{entry.sender}" data-id="{escape(entry.id)}">{inside}</li>'


def _paragraphs(text: str, strong: bool) -> str:
    found = []
    for number, part in enumerate(text.split("\n\n")):
        lines = [escape(line) for line in part.splitlines()]
        if strong and number == 0 and lines:
            lines[0] = f"<b>{lines[0]}</b>"
        found.append(f"<p>{'<br>'.join(lines)}</p>")
    return "".join(found)


def _file(page: Page, file: Enclosed) -> str:
    address = escape(f"/api/tenants/{page.tenant}/chat/files/{file.hash}")
    name = escape(file.name)
    inside = f'<img src="{address}" alt="{name}" loading="lazy">' if file.media_type.startswith("image/") else name
    return f'<a class="file" href="{address}" target="_blank" rel="noopener">{inside}</a>'


def _offered(page: Page, asked: Entry | None) -> str:
    """What can be pressed as an answer to the last question."""
    if asked is None or not asked.choices:
        return ""
    if asked.kind == "appointment":
        return _posting(page, _appointments(page, asked))
    chips = "".join(
        f'<button class="chip{" on" if asked.kind == "summary" and number == 0 else ""}" '
        f'name="answer.{escape(asked.ask)}" value="{escape(choice.value)}">{escape(choice.label)}</button>'
        for number, choice in enumerate(asked.choices)
    )
    group = f'<div class="chips {escape(asked.kind)}" role="group" aria-label="{_say(page, "answers")}">{chips}</div>'
    return _posting(page, group)


def _appointments(page: Page, asked: Entry) -> str:
    offers = [choice for choice in asked.choices if choice.value != "none"]
    none = [choice for choice in asked.choices if choice.value == "none"]
    cards = "".join(_card(asked.ask, choice, first=number == 0) for number, choice in enumerate(offers))
    foot = "".join(
        f'<div class="row sp"><button class="link" name="answer.{escape(asked.ask)}" value="none">{escape(c.label)}'
        "</button></div>"
        for c in none
    )
    return (
        f'<div class="cards" role="radiogroup" aria-label="{_say(page, "appointments")}">{cards}</div>'
        # Enter presses the first button of a form
        f'<button class="btn p full">{_say(page, "take")}</button>{foot}'
    )


def _card(ask: str, choice: Choice, first: bool) -> str:
    day, _, time = choice.label.rpartition(", ")
    text = f"<b>{escape(day)}</b><span>{escape(time)}</span>" if day else f"<b>{escape(time)}</b>"
    checked = " checked" if first else ""
    value = escape(choice.value)
    return (
        f'<label class="slot"><input type="radio" name="answer.{escape(ask)}" value="{value}"{checked}>{text}</label>'
    )


def _posting(page: Page, inside: str) -> str:
    return f"{_form_begin(page)}{inside}</form>"


def _form_begin(page: Page, name: str = "") -> str:
    """A form that sends a message, with what every message has."""
    own = f' id="{name}"' if name else ""
    return (
        f'<form{own} method="post" action="/{escape(page.tenant)}/chat" enctype="multipart/form-data">{_hidden(page)}'
    )


def _hidden(page: Page) -> str:
    """Language, and the key by which the server takes a message once, even when it is sent again."""
    return (
        f'<input type="hidden" name="language" value="{page.language}">'
        f'<input type="hidden" name="key" value="{uuid4()}">'
    )


def _foot(page: Page) -> str:
    problem = escape(page.problem)
    hidden = "" if problem else " hidden"
    return (
        f'<footer><p id="state" class="small" role="status"{hidden}>{problem}</p>'
        '<p id="chosen" class="small muted" hidden></p>'
        f"{_form_begin(page, 'write')}"
        f'<label class="btn ic camera" title="{_say(page, "photo_hint")}">{icon("camera", "l")}'
        f'<span class="sr">{_say(page, "photo")}. {_say(page, "photo_hint")}</span>'
        '<input type="file" name="file" multiple accept="image/*,application/pdf"></label>'
        f'<textarea name="text" rows="1" maxlength="8000" autocomplete="off" aria-label="{_say(page, "message")}" '
        f'placeholder="{_say(page, "message")}">{escape(page.written)}</textarea>'
        f'<button class="btn ic p" aria-label="{_say(page, "send")}">{icon("send")}</button></form>'
        f"{_form_begin(page, 'human')}"
        f'<button class="btn full" name="answer._person" value="yes">{icon("headset")}{_say(page, "person")}</button>'
        f"</form>{_more(page)}</footer>"
    )


def _more(page: Page) -> str:
    """Own cases; all questions as a form and another conversation where there is one."""
    chat = f"/{escape(page.tenant)}/chat"
    home = f"{chat}?language={page.language}"
    links = [f'<a href="{home}&amp;fields=1">{_say(page, "form")}</a>'] if page.conversation and not page.form else []
    links += [f'<a href="{home}&amp;new=1">{_say(page, "new")}</a>'] if page.conversation else []
    links += (
        [f'<a href="{chat}/mine?language={page.language}">{_say(page, "mine_title")}</a>'] if page.finds_own else []
    )
    return f'<p class="more small">{"".join(links)}</p>' if links else ""


def _form(page: Page) -> str:
    """All missing values as fields, for those who like forms better than questions."""
    fields = "".join(f"<div>{_field(page, question)}</div>" for question in page.form)
    title = f"<h2>{_say(page, 'form_title')}</h2>"
    send = f'<button class="btn p full">{_say(page, "form_send")}</button>'
    return _posting(page, f'<div class="fields">{title}{fields}{send}</div>')


def _field(page: Page, question: Question) -> str:
    name = escape(f"answer.{question.slot}")
    label = f'<label for="{name}">{escape(question.text.get(page.language) or question.text.get("de", ""))}</label>'
    choices = question.choices(page.language)
    if choices:
        empty = f'<option value="">{_say(page, "form_open")}</option>'
        options = "".join(f'<option value="{escape(c.value)}">{escape(c.label)}</option>' for c in choices if c.value)
        return f'{label}<select id="{name}" name="{name}">{empty}{options}</select>'
    kind = "number" if question.kind in ("integer", "number") else "text"
    limits = "".join(
        f' {side}="{value:g}"' for side, value in (("min", question.low), ("max", question.high)) if value is not None
    )
    step = ' step="any"' if question.kind == "number" else ""
    return f'{label}<input id="{name}" name="{name}" type="{kind}"{limits if kind == "number" else ""}{step}>'


def manifest(tenant: str, title: str, language: Language) -> Mapping[str, object]:
    """What a telephone needs to keep the page among its apps."""
    home = f"/{tenant}/chat?language={language}"
    return {
        "id": f"/{tenant}/chat", "name": f"{title}: {word('title', language)}", "short_name": title[:30],
        "start_url": home, "scope": f"/{tenant}/chat", "display": "standalone",
        "shortcuts": [
            {"name": word("mine_title", language), "url": f"/{tenant}/chat/mine?language={language}"},
        ],
        "lang": "en" if language == "en" else "de", "background_color": "#f3f4f7", "theme_color": "#ffffff",
        "icons": [{"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }  # fmt: skip


def icon(name: str, size: str = "") -> str:
    """One of the page's icons."""
    return f'<svg class="i {size}" viewBox="0 -960 960 960" aria-hidden="true"><path d="{ICONS[name]}"/></svg>'


def _say(page: Page, key: str) -> str:
    return escape(word(key, page.language))


def greeting(text: str, choices: Sequence[Choice], ask: str) -> Entry:
    """What stands in an empty conversation; nothing of it is kept."""
    return Entry("", "colleague", "", "question", text, tuple(choices), ask)

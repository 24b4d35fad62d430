"""The page "my requests" as HTML that works without scripts: asking for a link, opening it, and the list of own cases.

Everything anybody wrote goes through ``html.escape``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from kastor.cases.dialogue.words import day_words
from kastor.cases.hours import BERLIN
from kastor.cases.message import Language
from kastor.cases.own_cases import ANSWER, DONE, OwnCase
from kastor.store.requesters import SESSION_HOLDS
from kastor.web.chat_page import LANGUAGES, framed, icon, without_script, word


@dataclass(frozen=True)
class Place:
    """Where the page is: id and name of the tenant, and its language."""

    tenant: str
    title: str
    language: Language

    @property
    def home(self) -> str:
        """Address of the list."""
        return f"/{escape(self.tenant)}/chat/mine"

    def say(self, key: str, **values: str) -> str:
        """A text of the page, ready for HTML; values are taken as plain text."""
        text = word(f"mine_{key}", self.language)
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return escape(text)


@dataclass(frozen=True)
class Mine:
    """
    What the list shows.

    Parameters
    ----------
    cases
        Own cases, in their order.
    address
        Whose they are: an address or number; empty when no case has it any more.
    conversation
        What people call the conversation of this browser that is not among them; empty when there is none.
    """

    cases: Sequence[OwnCase]
    address: str
    conversation: str


def list_html(place: Place, mine: Mine, frame: str) -> str:
    """The page with one's own cases."""
    open_ones = [one for one in mine.cases if one.standing != DONE]
    done = [one for one in mine.cases if one.standing == DONE]
    whose = f'<p class="small muted">{place.say("whose", address=mine.address)}</p>' if mine.address else ""
    body = whose + _conversation(place, mine.conversation)
    body += _group(place, "open", open_ones) + _group(place, "done", done) if mine.cases else _empty(place)
    new = f'<a class="btn p full" href="/{escape(place.tenant)}/chat?language={place.language}&amp;new=1">'
    new += f"{place.say('new')}</a>"
    more = f'<a href="{place.home}?language={place.language}&amp;other=1">{place.say("other")}</a>'
    leave = _posting(place, "leave", f'<button class="link">{place.say("leave")}</button>')
    return _page(place, "title", f'{body}{new}<div class="row sp small">{more}{leave}</div>', frame)


def ask_html(place: Place, frame: str, typed: str = "", problem: str = "", possible: bool = True) -> str:
    """
    The page that asks where a link shall go.

    Parameters
    ----------
    typed, problem
        What was typed before and what was wrong with it; empty when nothing.
    possible
        Whether links can be sent at all.
    """
    if not possible:
        back = f'<a class="btn p full" href="/{escape(place.tenant)}/chat?language={place.language}">'
        back += f"{place.say('to_chat')}</a>"
        return _page(place, "title", f"<p>{place.say('impossible')}</p>{back}", frame)
    wrong = f'<p id="problem" role="alert" class="problem">{escape(problem)}</p>' if problem else ""
    described = "hint problem" if problem else "hint"
    fields = (
        f'<div class="fields"><div><label for="contact">{place.say("contact")}</label>'
        f'<input id="contact" name="contact" type="text" inputmode="email" autocomplete="email" autocapitalize="none" '
        f'spellcheck="false" maxlength="254" value="{escape(typed)}" required aria-describedby="{described}"'
        f"{' aria-invalid=true' if problem else ''}>"
        f'<p id="hint" class="small muted">{place.say("hint")}</p>{wrong}</div>'
        f'<button class="btn p full">{place.say("send")}</button></div>'
    )
    intro = f"<p>{place.say('intro')}</p>"
    return _page(place, "title", intro + _posting(place, "", fields), frame)


def sent_html(place: Place, frame: str) -> str:
    """The page after asking: the same whether anybody is known by what was typed or not."""
    again = f'<a class="btn full" href="{place.home}?language={place.language}&amp;other=1">{place.say("again")}</a>'
    help_ = f"<p>{place.say('sent')}</p><p>{place.say('sent_help')}</p>"
    return _page(place, "sent_title", f'<div role="status">{help_}</div>{again}', frame)


def enter_html(place: Place, token: str, frame: str) -> str:
    """
    The page behind a link: a button that opens the list, or words that the link has ended.

    Parameters
    ----------
    token
        Secret of the link; empty when it has ended.
    """
    if not token:
        action = f'<a class="btn p full" href="{place.home}?language={place.language}">{place.say("again")}</a>'
        return _page(place, "ended_title", f"<p>{place.say('ended')}</p>{action}", frame)
    button = f'<button class="btn p full">{place.say("enter_button")}</button>'
    form = _posting(place, f"enter/{escape(token)}", button)
    return _page(place, "title", f"<p>{place.say('enter', days=str(SESSION_HOLDS.days))}</p>{form}", frame)


def gone_html(place: Place, frame: str) -> str:
    """The page instead of a case that is not among one's own, or not any more."""
    back = f'<a class="btn p full" href="{place.home}?language={place.language}">{place.say("title")}</a>'
    return _page(place, "gone_title", f"<p>{place.say('gone')}</p>{back}", frame)


def _page(place: Place, heading: str, inside: str, frame: str) -> str:
    title = place.say(heading)
    switch = "".join(
        f'<a href="{place.home}?language={code}" lang="{"en" if code == "en" else "de"}" '
        f'title="{name}"{" aria-current=true" if code == place.language else ""}>{short}</a>'
        for code, (short, name) in LANGUAGES.items()
    )
    head = (
        f'<header><a class="btn ic" href="/{escape(place.tenant)}/chat?language={place.language}" '
        f'aria-label="{place.say("to_chat")}">{icon("back", "l")}</a>'
        f'<div class="grow"><h1>{title}</h1><span class="small muted">{escape(place.title)}</span></div>'
        f'<nav class="languages" aria-label="{escape(word("languages", place.language))}">{switch}</nav></header>'
    )
    body = f'<div id="chat">{head}<main class="mine">{inside}</main></div>'
    return framed(without_script(frame), place.language, title, body)


def _posting(place: Place, where: str, inside: str) -> str:
    action = f"{place.home}/{where}" if where else place.home
    hidden = f'<input type="hidden" name="language" value="{place.language}">'
    return f'<form method="post" action="{action}">{hidden}{inside}</form>'


def _conversation(place: Place, reference: str) -> str:
    """What lies in this browser and is not among the own cases can be added."""
    if not reference:
        return ""
    text = f"<p>{place.say('add', reference=reference)}</p>"
    return _posting(
        place, "add", f'<div class="card">{text}<button class="btn full">{place.say("add_button")}</button></div>'
    )


def _empty(place: Place) -> str:
    return f'<div class="card"><h2>{place.say("empty_title")}</h2><p>{place.say("empty")}</p></div>'


def _group(place: Place, key: str, found: Sequence[OwnCase]) -> str:
    if not found:
        return ""
    lines = "".join(_line(place, one) for one in found)
    return f'<section><h2>{place.say(key)} ({len(found)})</h2><ul class="own">{lines}</ul></section>'


def _line(place: Place, one: OwnCase) -> str:
    """One case, whole a button that opens it."""
    opened = day_words(datetime.fromisoformat(one.opened).astimezone(BERLIN).date(), place.language)
    standing = place.say(f"is_{one.standing}")
    outcome = f"{standing}: {escape(one.outcome)}" if one.outcome and one.standing != ANSWER else standing
    parts = [
        f"<b>{escape(one.title) or place.say('untitled')}</b>",
        f'<span class="standing {one.standing}">{outcome}</span>',
        f"<span>{place.say('visit', when=one.appointment)}</span>" if one.appointment else "",
        _question(place, one) if one.expected else "",
        f'<span class="small muted">{escape(" · ".join(filter(None, (one.reference, opened, one.place))))}</span>',
    ]
    button = f'<button class="card" name="case" value="{escape(one.id)}">{"".join(parts)}</button>'
    return f"<li>{_posting(place, 'open', button)}</li>"


def _question(place: Place, one: OwnCase) -> str:
    """What is asked, in the language it was asked in."""
    before, after = place.say("expected").split("{question}")
    lang = "en" if one.language == "en" else "de"
    return f'<span>{before}<span lang="{lang}">{escape(one.expected)}</span>{after}</span>'

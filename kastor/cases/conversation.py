"""What somebody sees of their conversation: everything written on both sides, out of the logs of its cases.

Only what was said to who asks is in it: no facts, no rules, no notes of the staff.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kastor.cases.dialogue.talk import PERSON
from kastor.cases.dialogue.words import said
from kastor.cases.events import COLLEAGUE, Event, State
from kastor.cases.letters import FRAME
from kastor.cases.message import Choice

ME, COLLEAGUE_SAYS, PERSON_SAYS = "me", "colleague", "person"
"""Who an entry is from."""


@dataclass(frozen=True)
class Enclosed:
    """A file of an entry: SHA-256 of its content, its name and media type."""

    hash: str
    name: str
    media_type: str


@dataclass(frozen=True)
class Entry:
    """
    One message of either side.

    Parameters
    ----------
    id
        Unique within the conversation: the case and the number of the event.
    sender
        ``me``, ``colleague`` or ``person``.
    at
        When, ISO 8601 in UTC.
    kind, text, choices, ask
        As in :class:`kastor.cases.message.Reply`; the text of what was pressed is its label.
    files
        What came with it.
    """

    id: str
    sender: str
    at: str
    kind: str
    text: str
    choices: tuple[Choice, ...] = ()
    ask: str = ""
    files: tuple[Enclosed, ...] = ()


@dataclass(frozen=True)
class Conversation:
    """
    A thread as who asks sees it.

    Parameters
    ----------
    version
        Another one with everything that happens.
    case
        Id of the present case.
    reference
        What people call it.
    names
        What it is about, by language; empty while that is unknown.
    language
        The last one spoken.
    status
        Of the present case.
    entries
        In their order, earlier cases of the thread first.
    """

    version: str
    case: str
    reference: str
    names: Mapping[str, str]
    language: str
    status: str
    entries: tuple[Entry, ...]

    @property
    def asked(self) -> Entry | None:
        """The question that is open: the last entry when it asks something."""
        last = self.entries[-1] if self.entries else None
        return last if last is not None and last.sender != ME and (last.ask or last.choices) else None


def entries(case_id: str, events: Sequence[Event]) -> Iterator[Entry]:
    """What a case's log holds of the conversation."""
    offered: dict[str, Mapping[str, str]] = {PERSON: {"yes": said("person", "de")}}
    types: dict[str, str] = {}
    for seq, event in enumerate(events, start=1):
        for file in (*event.public.get("files", ()), *event.personal.get("files", ())):
            types.setdefault(file["hash"], file.get("media_type", ""))
        if event.kind == "received":
            yield _received(case_id, seq, event, offered, types)
        elif event.kind in ("said", "asked"):
            found = _said(case_id, seq, event)
            offered[PERSON] = {"yes": said("person", event.public.get("language", "de"))}
            if found.ask:
                offered[found.ask] = {choice.value: choice.label for choice in found.choices}
            yield found


def _received(
    case_id: str, seq: int, event: Event, offered: Mapping[str, Mapping[str, str]], types: Mapping[str, str]
) -> Entry:
    personal = event.personal
    pressed = [offered.get(slot, {}).get(str(value), "") for slot, value in personal.get("answers", {}).items()]
    shown = [part for part in (personal.get("text", ""), ", ".join(filter(None, pressed))) if part]
    files = tuple(
        Enclosed(file["hash"], file.get("name", ""), types.get(file["hash"], "")) for file in personal.get("files", ())
    )
    return Entry(f"{case_id}-{seq}", ME, event.at, "text", "\n".join(shown), files=files)


def _said(case_id: str, seq: int, event: Event) -> Entry:
    personal: Mapping[str, Any] = event.personal
    choices = tuple(Choice(one["value"], one["label"]) for one in personal.get("choices", ()))
    files = tuple(
        Enclosed(file["hash"], file.get("name", ""), file.get("media_type", "")) for file in personal.get("files", ())
    )
    sender = COLLEAGUE_SAYS if event.who == COLLEAGUE else PERSON_SAYS
    kind, text = event.public.get("kind", "text"), personal.get("text", "")
    text = core(text, event.public.get("language", "de")) if kind == "letter" else text
    return Entry(
        f"{case_id}-{seq}", sender, event.at, kind, text, choices,
        event.public.get("ask", ""), files,
    )  # fmt: skip


def core(letter: str, language: str) -> str:
    r"""
    A letter without salutation and closing, which a conversation does not need.

    Examples
    --------
    >>> core("Guten Tag,\n\nIhr Hund ist genehmigt.\n\nFreundliche Grüße\nMusterstadt\n\nDieses ...", "de")
    'Ihr Hund ist genehmigt.'
    """
    frame = FRAME.get(language, FRAME["de"])
    parts = letter.split("\n\n")
    begin = 1 if parts and parts[0].strip() == frame["hello"] else 0
    end = next((at for at, part in enumerate(parts) if part.startswith(frame["bye"])), len(parts))
    text = "\n\n".join(parts[begin:end])
    return text[:1].upper() + text[1:]


def reference(number: int, state: State) -> str:
    """
    What people call a case: the year it was opened in and its number.

    Examples
    --------
    >>> reference(7, {"opened": "2026-11-27T09:00:00.000000Z"})
    '2026-0007'
    """
    return f"{str(state['opened'])[:4]}-{number:04d}"

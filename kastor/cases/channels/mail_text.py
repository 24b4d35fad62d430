"""What somebody wrote in a mail, without what the program added: HTML as text, wrapped lines, the quoted mail below.

Everything runs in time proportional to the length of the mail, whatever it holds; patterns look at one line at a time.

References
----------
RFC 3676 (format=flowed).
"""

from __future__ import annotations

import re

from lxml import etree

LONGEST = 100_000
"""Of a text that is read; what follows is left out, and said so. [characters]"""

MOST_LINES, MOST_HEADS = 5_000, 20
"""Lines that are looked at for the head of a quoted mail, and such heads that somebody has answered below."""

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_APART = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre"})
_UNSEEN = frozenset({"head", "script", "style", "title", "template", "noscript", "object", "svg", "math", "select"})
_QUOTES = frozenset({"gmail_quote", "gmail_quote_container", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote"})
_QUOTE_IDS = frozenset({"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "reply-intro"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(px|pt|em)?\s*(;|$)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")

QUOTED_BELOW = "\ue000"
"""Stands, until quotes are cut, where an HTML mail says that the quoted mail begins."""


def html_text(markup: str) -> str:
    """
    The text of an HTML mail as a person sees it: blocks on lines of their own, nothing hidden, no addresses of links.

    Quotes keep ``>`` before each line, so that they are cut like those of plain mails.
    """
    markup = markup.replace("\x00", "").replace(QUOTED_BELOW, "")[: LONGEST * 20]
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        return re.sub(r"<[^<>]*>", " ", markup)[:LONGEST]
    return _Writer().written(root)


class _Writer:
    """Walks through a page once and writes down what is seen."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.unseen = 0

    def written(self, root: etree._Element) -> str:
        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = element.tag.lower() if isinstance(element.tag, str) else ""
            if event == "start":
                self._begin(element, tag)
            else:
                self._finish(element, tag)
        self._end_line()
        return _tidy("\n".join(self.lines))

    def _begin(self, element: etree._Element, tag: str) -> None:
        if tag in _UNSEEN or _HIDDEN.search(element.get("style", "")[:2000]):
            self.unseen += 1
            element.set("data-unseen", "1")
        if tag in _BLOCKS:
            self._end_line()
        if tag == "blockquote":
            self.quotes += 1
        if tag == "li":
            self.line.append("- ")
        if not self.unseen and _begins_quote(element):
            self._end_line()
            self.lines.append(QUOTED_BELOW)
        self._write(element.text)

    def _finish(self, element: etree._Element, tag: str) -> None:
        if element.get("data-unseen"):
            self.unseen -= 1
        if tag == "br":
            self._end_line(forced=True)
        if tag in ("td", "th"):
            self.line.append(" ")
        if tag in _BLOCKS:
            self._end_line()
        if tag in _APART:
            self.lines.append("")
        if tag == "blockquote":
            self.quotes -= 1
        self._write(element.tail)

    def _write(self, text: str | None) -> None:
        if text and not self.unseen:
            self.line.append(_SPACE.sub(" ", text))

    def _end_line(self, forced: bool = False) -> None:
        text = _SPACE.sub(" ", "".join(self.line)).strip()
        self.line = []
        if text or forced:
            self.lines.append(("> " * min(self.quotes, 5) + text).rstrip())


def _begins_quote(element: etree._Element) -> bool:
    classes = element.get("class", "").split()
    cited = element.tag == "blockquote" and element.get("type", "").lower() == "cite"
    return (
        cited
        or any(name in _QUOTES for name in classes)
        or element.get("id", "").lower().removeprefix("x_") in _QUOTE_IDS
    )


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def unwrapped(text: str, delete_space: bool = False) -> str:
    """The paragraphs of a text sent as ``format=flowed``: lines that end with a space go on in the next."""
    lines: list[str] = []
    open_line: tuple[int, str] | None = None
    for raw in text.split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        content = raw[depth:]
        content = content.removeprefix(" ")
        mark = content == "-- "
        if open_line is not None and (open_line[0] != depth or mark):
            lines.append(_quoted(*open_line))
            open_line = None
        whole = (open_line[1] if open_line is not None else "") + content
        if content.endswith(" ") and not mark:
            open_line = (depth, whole[:-1] if delete_space else whole)
        else:
            lines.append(_quoted(depth, whole))
            open_line = None
    if open_line is not None:
        lines.append(_quoted(*open_line))
    return "\n".join(lines)


def _quoted(depth: int, text: str) -> str:
    return f"{'>' * depth} {text}" if depth else text


_WROTE = re.compile(
    r"(am|on|den|il|le)\b.{0,300}\b(schrieb|wrote|geschrieben|a écrit|ha scritto)\b.{0,200}:\s*$"
    r"|.{0,200}\b(schrieb|wrote)( am\b.{0,100}| on\b.{0,100})?:\s*$"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.{0,100}<[^<>]{3,200}>:\s*$",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"(am|on)\s+(\w{2,12}[.,]?\s+)?(\w{2,12}\.?,?\s+)?\d", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"[-_ ]{2,}\s*(urspr(ü|ue)ngliche (nachricht|e-?mail|mail)|original(e)? (message|nachricht|appointment)"
    r"|weitergeleitete nachricht|forwarded message|anfang der weitergeleiteten nachricht)\s*[-_ ]*$"
    r"|begin forwarded message:$|anfang der weitergeleiteten (nachricht|e-mail):$|_{20,}$",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"[*_ ]{0,3}(von|gesendet|an|betreff|datum|cc|antwort an|from|sent|to|subject|date|reply-to)[*_ ]{0,3}:"
    r"[*_ ]{0,3}\s*\S",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"\s*(wg|fw|fwd|tr|weitergeleitet)\s*:", re.IGNORECASE)
_DEVICE = re.compile(
    r"(von meinem .{2,60} gesendet|gesendet (von|mit) .{2,60}"
    r"|diese (nachricht|e-?mail) wurde von meinem .{2,80} gesendet|sent from my .{2,60}|sent (from|with) .{2,60}"
    r"|get outlook for .{2,40}|outlook für .{2,40} (beziehen|herunterladen))\.?$",
    re.IGNORECASE,
)


def own_words(text: str, subject: str = "") -> str:
    """
    What the sender wrote: without quoted mails, signature after ``-- `` and the line of the telephone.

    Closing formula and name stay, since they may say who writes. Answers written between quoted lines all stay. A
    forwarded mail, and one that holds nothing else, is kept whole: then the quote is what is meant.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    cut = _cut(lines)
    above = _unquoted(lines[:cut])
    if cut < len(lines) and (_FORWARD.match(subject) or not "".join(above).strip()):
        return _ended("\n".join(line for line in lines if line != QUOTED_BELOW))
    return _ended("\n".join(line for line in above if line != QUOTED_BELOW))


def _cut(lines: list[str]) -> int:
    """Number of the line the quoted mail begins at; that of lines when there is none."""
    heads = 0
    for number, line in enumerate(lines[:MOST_LINES]):
        if line == QUOTED_BELOW or _introduces(lines, number):
            heads += 1
            # somebody who answers between the lines of the quote has written below its head
            if heads > MOST_HEADS or not _answered_between(lines[number + 1 :]):
                return number
    return len(lines)


def _introduces(lines: list[str], number: int) -> bool:
    line = lines[number].strip()[:700]
    if not line or line.startswith(">"):
        return False
    if _SEPARATOR.match(line):
        return True
    if _FIELD.match(line):
        near = [one.strip()[:200] for one in lines[number : number + 6]]
        names = {match.group(1).lower() for match in map(_FIELD.match, near) if match}
        return len(names) >= 3 and bool(names & {"von", "from"})
    if _WROTE.match(line):
        return _quote_follows(lines, number + 1) or bool(_BEGINS.match(line))
    if _BEGINS.match(line) and number + 1 < len(lines):
        # a long introduction is wrapped by many programs
        joined = f"{line} {lines[number + 1].strip()[:400]}"
        return bool(_WROTE.match(joined))
    return False


def _quote_follows(lines: list[str], number: int) -> bool:
    following = next((line for line in lines[number : number + 4] if line.strip()), "")
    return following.startswith(">") or following == QUOTED_BELOW


def _answered_between(rest: list[str]) -> bool:
    """Whether unquoted words stand between or below quoted lines."""
    quoted = [number for number, line in enumerate(rest) if line.startswith(">")]
    if not quoted:
        return False
    between = (line.strip() for line in rest[quoted[0] :] if not line.startswith(">"))
    words = [line for line in between if line and line != QUOTED_BELOW and not _DEVICE.match(line)]
    return bool(words) and not any(_FIELD.match(line) for line in words)


def _unquoted(lines: list[str]) -> list[str]:
    """Lines that are not quoted, and no head of a quote between answers."""
    return [line for number, line in enumerate(lines) if not line.startswith(">") and not _introduces(lines, number)]


def _ended(text: str) -> str:
    """Without the signature and the line telephones add."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line in ("-- ", "--") and any(one.strip() for one in lines[:number]):
            lines = lines[:number]
            break
    while lines and (not lines[-1].strip() or _DEVICE.match(lines[-1].strip()[:200])):
        lines.pop()
    found = _tidy("\n".join(line.rstrip() for line in lines))
    return found if len(found) <= LONGEST else found[:LONGEST].rstrip() + " […]"

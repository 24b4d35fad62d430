"""Where reading an expression stands: the tokens, the next one, and the names it may be the start of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kastor.cases.feel.errors import FeelError
from kastor.cases.feel.tokens import Token, name_parts, tokens

DEEPEST: Final = 60
_NAME_SYMBOLS: Final = frozenset("./-'+*")
# words that cannot continue a name nobody knows
FOLLOWING: Final = frozenset({"or", "and", "between", "in", "instance", "then", "else", "return", "satisfies", "of"})


class Names:
    """Names known at a place, found by their first token, the longest first."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Make a name known."""
        parts = name_parts(name)
        if not parts:
            return
        known = self._by_first.setdefault(parts[0], [])
        if (parts, name) not in known:
            known.append((parts, name))
            known.sort(key=lambda each: -len(each[0]))

    @staticmethod
    def joined(layers: Iterable[Names]) -> Names:
        """All names of several layers in one."""
        found = Names()
        for layer in layers:
            for known in layer._by_first.values():
                for _, name in known:
                    found.add(name)
        return found

    def longest(self, found: list[Token], at: int) -> tuple[int, str] | None:
        """How many tokens from a place on are a known name, and which."""
        for parts, name in self._by_first.get(found[at].text, ()):
            if len(parts) == 1 or tuple(token.text for token in found[at : at + len(parts)]) == parts:
                return len(parts), name
        return None


class Cursor:
    """A place in the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0

    def here(self) -> Token:
        """The token that is next."""
        return self.tokens[self.at]

    def peek(self, text: str) -> bool:
        """Whether the next token is a symbol or word."""
        token = self.tokens[self.at]
        return token.text == text and token.kind in {"symbol", "name"}

    def take(self, text: str) -> bool:
        """Pass a symbol or word if it is next."""
        if self.peek(text):
            self.at += 1
            return True
        return False

    def expect(self, *texts: str) -> str:
        """Pass one of the symbols or words, which must be next."""
        for text in texts:
            if self.take(text):
                return text
        raise self.error(f"expected {' or '.join(repr(text) for text in texts)}")

    def error(self, message: str) -> FeelError:
        """A complaint about the next token."""
        token = self.here()
        found = f"{token.text!r}" if token.kind != "end" else "the end"
        return FeelError(f"{message}, found {found}", self.text, token.start)

    def end(self) -> None:
        """Nothing may follow."""
        if self.here().kind != "end":
            raise self.error("expected an operator or the end")

    def deeper(self) -> None:
        """Count one more level of nesting."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise FeelError(f"nested more than {DEEPEST} deep: split the expression", self.text, self.here().start)

    def new_name(self, ends: set[str]) -> str:
        """A name that is introduced here, up to a symbol or word that ends it."""
        start = self.at
        while self.may_continue(self.here()) and self.here().text not in ends:
            self.at += 1
        if self.at == start or self.tokens[start].kind != "name":
            raise self.error("expected a name")
        return self._spelled(start)

    def _spelled(self, start: int) -> str:
        return " ".join(self.text[self.tokens[start].start : self.tokens[self.at - 1].end].split())

    def unknown_name(self) -> str:
        """A name nobody knows reaches as far as words follow each other."""
        start = self.at
        self.at += 1
        while self.here().kind == "name" and self.here().text not in FOLLOWING:
            self.at += 1
        return self._spelled(start)

    @staticmethod
    def may_continue(token: Token) -> bool:
        """Whether a token can stand within a name."""
        return token.kind in {"name", "number"} or (token.kind == "symbol" and token.text in _NAME_SYMBOLS)

"""Addresses and numbers are written in one way, and a case has those of who asks, no others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.cases import commands as c
from kastor.cases.contacts import Contact, contact_of, contacts_of
from kastor.cases.engine import handle
from kastor.cases.events import State, empty
from kastor.cases.procedure import shipped

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.mark.parametrize(("text", "contact"), [
    ("Anna@Example.ORG", Contact("mail", "anna@example.org")), ("  a+b@c.de ", Contact("mail", "a+b@c.de")),
    ("0151 / 2345-6789", Contact("phone", "+4915123456789")),
    ("+49 (151) 23456789", Contact("phone", "+4915123456789")),
    ("0049 151 23456789", Contact("phone", "+4915123456789")), ("+43 1 58858", Contact("phone", "+43158858")),
    ("müller@grün.de", Contact("mail", "müller@grün.de")),
])  # fmt: skip
def test_the_same_contact_is_written_in_one_way(text: str, contact: Contact) -> None:
    assert contact_of(text) == contact


@pytest.mark.parametrize("text", [
    "", "anna", "@", "a@", "@b", "a@b@c", "a b@c.de", "a@b.de\nBcc: x@y.de", "<a@b.de>", "12", "110x",
    "a" * 300 + "@b.de", "a@b.de, c@d.de", "anonymous", "+", "0",
])  # fmt: skip
def test_what_is_no_contact_is_none(text: str) -> None:
    assert contact_of(text) is None


@given(st.text(max_size=60))
def test_a_contact_written_again_is_the_same(text: str) -> None:
    found = contact_of(text)
    if found is not None:
        assert contact_of(found.value) == found
        assert not set(found.value) & set('\r\n<>" ,;')


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_two_mailboxes_never_become_one_unless_only_latin_capitals_differ(first: str, second: str) -> None:
    found = [contact_of(f"{one}@example.org") for one in (first, second)]
    if None not in found and found[0] == found[1]:
        small = [one.strip().translate({ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
                 for one in (first, second)]  # fmt: skip
        assert small[0] == small[1]


def test_letters_that_only_look_alike_stay_apart() -> None:
    # the sign for Kelvin and the German sharp s have small or large forms of other letters
    assert contact_of("\N{KELVIN SIGN}arl@example.org") != contact_of("karl@example.org")
    assert contact_of("straße@example.org") != contact_of("strasse@example.org")


def case(*wanted: c.Command, procedure: str = "") -> tuple[State, Any]:
    terms = shipped()[procedure] if procedure else None
    state = empty("case")
    for command in wanted:
        state = handle(state, terms, command, NOW).state
    return state, terms


def test_senders_and_answers_reach_who_asks_and_the_staff_do_not() -> None:
    state, terms = case(
        c.Open("mail", "t1", "Anna@example.org"), c.Bind("whatsapp", "4915123456789", "+4915123456789"),
        c.Bind("staff", "t2", "7"), c.Bind("staff", "t3", "clerk@stadt.de"), c.Bind("web", "secret"),
    )  # fmt: skip
    assert [str(one) for one in contacts_of(state, terms)] == ["mail:anna@example.org", "phone:+4915123456789"]


@pytest.mark.parametrize(("procedure", "slot", "value", "found"), [
    ("schaden", "telefon", "030 901820", ["phone:+4930901820"]),
    (
        "maengel", "kontakt", "Anna Adam, Anna@example.org, 0151 23456789",
        ["mail:anna@example.org", "phone:+4915123456789"],
    ),
    # whom to ring at belongs to somebody else
    ("schaden", "zugang", "Schlüssel bei Frau Beck, 0151 23456789", []),
    ("maengel", "kontakt", None, []),
])  # fmt: skip
def test_what_somebody_says_to_be_reached_by_counts(procedure: str, slot: str, value: Any, found: list[str]) -> None:
    state, terms = case(c.Open("web", "secret"), procedure=procedure)
    state["facts"][slot] = {"value": value, "source": "said"}
    assert [str(one) for one in contacts_of(state, terms)] == found

"""What is published names nobody: patterns find what they should, and leave alone what a report needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.cases.redaction import LONGEST, redact


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Bitte anrufen: 0171/2345678 oder +49 7531 900-0.", "Bitte anrufen: [Telefon] oder [Telefon]."),
        ("Tel. (07531) 900 123", "Tel. [Telefon]"),
        ("Mail an anna.schmidt@example.org!", "Mail an [E-Mail]!"),
        ("anna (at) example.org", "[E-Mail]"),
        ("Das Auto KN-AB 1234 steht im Weg.", "Das Auto [Kennzeichen] steht im Weg."),
        ("Kennzeichen KN AB 12E", "Kennzeichen [Kennzeichen]"),
        ("DE89 3704 0044 0532 0130 00 ist mein Konto", "[Bankverbindung] ist mein Konto"),
        ("Frau Dr. Müller-Lüdenscheidt hat es gesehen", "Frau [Name] hat es gesehen"),
        ("Herr Schulze parkt dort", "Herr [Name] parkt dort"),
        ("Mein Name ist Anna Schmidt und ich", "Mein Name ist [Name] und ich"),
        ("kaputt.\nMit freundlichen Grüßen\nAnna Schmidt", "kaputt.\nMit freundlichen Grüßen\n[Name]"),
        ("kaputt. LG Anna", "kaputt. LG [Name]"),
        ("Kind regards,\nJohn Miller", "Kind regards,\n[Name]"),
    ],
)  # fmt: skip
def test_what_is_personal_is_left_out(text: str, left: str) -> None:
    assert redact(text).text == left


@pytest.mark.parametrize(
    "text",
    [
        "In der Kalkhofstraße 5 ist ein Schlagloch, 30 cm tief, seit 3.12.2025.",
        "Die Laterne Nr. 12345 an der L 221 brennt nicht.",
        "Die B 33 bei km 12 ist gesperrt, bitte bis 14:30 Uhr.",
        "Sehr geehrte Damen und Herren, der Radweg ist vereist.",
        "Frau Bürgermeisterin, bitte helfen Sie!",
        "Aktenzeichen 2024-00123456, Vorgang 77.",
        "DE00 1234 5678 9012 3456 78 hat falsche Prüfziffern",
    ],
)
def test_what_a_report_needs_stays(text: str) -> None:
    assert redact(text).text == text


def test_known_names_go_wherever_they_stand() -> None:
    found = redact("anna SCHMIDT war dort, sagt Annas Bruder. Schmidtstraße 3", names=["Anna Schmidt"])
    assert found.text == "[Name] [Name] war dort, sagt Annas Bruder. Schmidtstraße 3"
    assert found.kinds == ("name", "name")


def test_words_are_those_of_the_reader() -> None:
    assert redact("Call 0171 2345678", "en").text == "Call [phone]"


@given(
    st.text(max_size=200), st.sampled_from(["anna@example.org", "0171 2345678", "DE89370400440532013000", "KN-AB 123"])
)
def test_nothing_makes_a_secret_come_through(around: str, secret: str) -> None:
    assert secret not in redact(f"{around} {secret} {around}").text


def test_a_text_without_end_is_cut() -> None:
    assert redact("x" * 100_000).text == "x" * LONGEST
    assert set(redact("a@b.de " * 100_000).kinds) == {"mail"}

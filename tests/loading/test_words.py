"""Progress speaks the language of the person who waits."""

from __future__ import annotations

import pytest

from kastor.loading.layers import LAYERS
from kastor.loading.words import WORDS, word


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"LANG": "de_DE.UTF-8"}, "Gebäude"),
        ({"LANG": "en_GB.UTF-8"}, "buildings"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "buildings"),
        ({"LANG": "C", "LC_MESSAGES": "de_AT"}, "Gebäude"),
        ({}, "buildings"),
    ],
)
def test_words_follow_the_environment(environment: dict[str, str], found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert word("buildings") == found


def test_every_layer_has_words_in_both_languages() -> None:
    assert WORDS.keys() >= LAYERS.keys()
    assert all(set(words) == {"de", "en"} for words in WORDS.values())

from __future__ import annotations

from studio.ui.words import FIELDS


def test_every_setting_is_explained_in_sentences():
    for key, words in FIELDS.items():
        assert words.title, key
        assert len(words.title) <= 12, key
        assert words.help.endswith("."), key
        assert len(words.help) < 240, key

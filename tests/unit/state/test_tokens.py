from __future__ import annotations

from studio.engine.errors import BrokenFile
from studio.state.tokens import TokenCount, TokenCounter


def test_words_for_short_and_long_prompts():
    assert TokenCount(14).text == "14 / 75 tokens"
    assert not TokenCount(75).is_long
    assert TokenCount(76).is_long
    assert TokenCount(76).text == "76 / 150 tokens"
    assert TokenCount(0).text == "0 / 75 tokens"


def test_it_counts_a_moment_after_the_last_change(ready, qtbot):
    asked = []

    def count(text, path):
        asked.append(text)
        return len(text.split())

    counter = TokenCounter(count, ready.background)
    seen = []
    counter.counted.connect(lambda c: seen.append(c.tokens))
    counter.watch(ready.form)
    for text in ("a", "a b", "a b c"):
        ready.form.edit(prompt=text)
    qtbot.waitUntil(lambda: seen == [3])
    assert asked == ["a b c"]


def test_a_broken_model_is_no_reason_to_complain_while_typing(ready, qtbot):
    def count(text, path):
        raise BrokenFile("no vocabulary")

    counter = TokenCounter(count, ready.background)
    counter.watch(ready.form)
    qtbot.wait(400)
    assert ready.messages.listen() == []

from __future__ import annotations

from studio.engine.errors import OutOfMemory
from studio.state.messages import Level, Messages


def test_words_wait_until_somebody_listens(qapp):
    messages, seen = Messages(), []
    messages.warning("early")
    assert [m.text for m in messages.listen()] == ["early"]
    messages.message_added.connect(seen.append)
    messages.info("late")
    assert [m.text for m in seen] == ["late"]
    assert messages.listen() == []


def test_errors_speak_for_themselves_and_others_are_put_into_words(qapp):
    messages = Messages()
    messages.failure(OutOfMemory("Too large.", "Try 512."))
    messages.failure(MemoryError())
    messages.failure(KeyError("secret <b>internals</b>"))
    ours, memory, other = messages.listen()
    assert (ours.level, ours.text, ours.hint) == (Level.ERROR, "Too large.", "Try 512.")
    assert "out of memory" in memory.text
    assert "KeyError" in other.text
    assert "secret" not in other.text

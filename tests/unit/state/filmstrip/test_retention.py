"""How much of the takes is kept."""

from __future__ import annotations

from studio.library.takes import take_size
from studio.state.filmstrip.retention import POLICIES, size_words


def test_keep_all_is_the_default_and_touches_nothing(rig):
    node = rig.make()
    assert rig.room.retention.policy == "all"
    assert take_size(node.file).steps > 0


def test_keep_the_last_few_drops_older_steps_after_each_run(rig):
    rig.room.retention.set_policy("last 1")
    first = rig.make()
    second = rig.make(seed=9)
    rig.idle()
    assert take_size(first.file).steps == 0
    assert take_size(first.file).previews > 0
    assert take_size(second.file).steps > 0


def test_previews_only(rig):
    node = rig.make()
    with rig.qtbot.waitSignal(rig.room.retention.freed, timeout=20_000) as freed:
        rig.room.retention.set_policy("previews")
    assert freed.args[0] > 0
    assert take_size(node.file).steps == 0
    assert node.picture.exists()


def test_the_size_that_is_shown_is_the_new_one(rig):
    node = rig.make()
    before = node.size_bytes
    with rig.qtbot.waitSignal(rig.room.retention.freed, timeout=20_000):
        rig.room.retention.set_policy("previews")
    assert 0 < node.size_bytes == node.file.stat().st_size < before
    node.file.unlink()
    rig.room.retention._on_freed(1)
    assert node.size_bytes == 0


def test_keeping_less_is_asked_about_first(rig):
    """What is dropped does not come back: one wrong click in a menu must not be enough."""
    node = rig.make()
    rig.room.retention.ask_policy("previews")
    rig.idle()
    assert rig.room.retention.policy == "all"
    assert take_size(node.file).steps > 0
    message = rig.said[-1]
    assert message.text == "Keep previews only: the steps of every take go for good."
    rig.room.retention.ask_policy("last 10")  # a second question leaves the first as it is
    assert "every other take" in rig.said[-1].text
    with rig.qtbot.waitSignal(rig.room.retention.freed, timeout=20_000):
        message.action.run()
    assert rig.room.retention.policy == "previews"
    assert take_size(node.file).steps == 0


def test_keeping_more_is_not_asked_about(rig):
    rig.room.retention.set_policy("previews")
    for policy in ("last 10", "last 50", "all"):
        rig.room.retention.ask_policy(policy)
        assert rig.room.retention.policy == policy


def test_words():
    assert size_words(312) == "1 kB"
    assert size_words(48_200) == "48 kB"
    assert size_words(3_140_000) == "3.1 MB"
    assert "previews" in POLICIES

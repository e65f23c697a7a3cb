"""The tree and the library: relatives, names, deletion with undo."""

from __future__ import annotations


def fork(rig, row=2, **changes):
    rig.strip.model.set_current(row)
    rig.forks.fork(changes or {"prompt": "a crown"})
    rig.idle()
    return rig.strip.node


def test_opening_one_take_brings_its_family(rig):
    root = rig.make()
    child = fork(rig)
    picture = child.picture
    rig.strip.tree.remove(rig.strip.tree.nodes())
    rig.strip.open_picture(picture)
    rig.idle()
    here = rig.strip.node
    above = rig.strip.tree.parent_of(here)
    assert (here.id, above.id) == (child.id, root.id)
    assert above.take is None
    assert above.thumbnail is not None  # from the library
    rig.room.branches.show(above)
    rig.idle()
    assert rig.strip.node is rig.strip.tree[root.id]
    assert rig.strip.node.take is not None


def test_a_name_is_kept_in_the_file(rig):
    node = rig.make()
    rig.room.branches.rename(node, "  my   <b>hat</b>  ")
    rig.idle()
    assert rig.strip.tree.title(node) == "my <b>hat</b>"
    from studio.library.takes import load_take

    assert load_take(node.file).name == "my <b>hat</b>"


def test_a_branch_goes_to_the_trash_and_comes_back(rig):
    root = rig.make()
    child = fork(rig)
    grandchild = fork(rig, row=4, guidance_scale=2.0)
    rig.room.branches.delete(child)
    rig.idle()
    assert rig.strip.tree.branch(root) == [root]
    assert not child.picture.exists()
    assert not grandchild.file.exists()
    assert rig.strip.node is root
    message = rig.said[-1]
    assert message.text == "2 takes were deleted."
    message.action.run()
    rig.idle()
    assert rig.strip.tree.branch(root) == [root, child, grandchild]
    assert child.picture.exists()
    assert grandchild.file.exists()
    assert rig.strip.node is child


def test_deleting_the_last_take_leaves_an_empty_strip(rig):
    node = rig.make()
    rig.room.branches.delete(node)
    rig.idle()
    assert rig.strip.node is None
    assert rig.strip.model.rowCount() == 0
    rig.room.branches.undo_delete()
    rig.idle()
    assert rig.strip.model.rowCount() == 7


def test_a_running_take_is_not_deleted(rig):
    rig.studio.form.edit(prompt="x", steps=300, width=64, height=64)
    rig.studio.session.generate()
    rig.qtbot.waitUntil(lambda: rig.strip.model.rowCount() >= 2, timeout=20_000)
    rig.room.branches.delete(rig.strip.node)
    assert "being made" in rig.words[-1]
    assert len(rig.strip.tree) == 1
    rig.studio.session.stop()
    rig.idle()

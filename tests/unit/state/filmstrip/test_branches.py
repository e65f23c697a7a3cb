"""The tree and the library: relatives, names, deletion with undo."""

from __future__ import annotations


def fork(rig, row=2, **changes):
    rig.strip.model.set_current(row)
    rig.forks.fork(changes or {"prompt": "a crown"})
    rig.idle()
    return rig.strip.node


def test_opening_one_take_brings_its_family(rig):
    root = rig.make()
    sibling = fork(rig, prompt="an owl")
    rig.strip.show(root)
    child = fork(rig)
    rig.strip.tree.remove(rig.strip.tree.nodes())
    rig.strip.open_picture(child.picture)
    rig.idle()
    tree = rig.strip.tree
    here = rig.strip.node
    assert (here.id, tree.parent_of(here).id) == (child.id, root.id)
    beside = tree[sibling.id]
    assert beside.take is None
    assert beside.thumbnail is not None  # from the library
    rig.room.branches.show(beside)
    rig.idle()
    assert rig.strip.node is tree[sibling.id]
    assert rig.strip.node.take is not None


def test_a_fork_from_another_day_has_the_steps_it_inherited(rig):
    """Its strip began at the fork, with empty places behind the picture."""
    rig.make()
    middle = fork(rig)
    last = fork(rig, row=4, guidance_scale=2.0)
    whole = [f.index for f in rig.strip.model.frames]
    rig.strip.tree.remove(rig.strip.tree.nodes())
    rig.strip.clear()
    rig.strip.open_picture(last.picture, step=5)
    rig.idle()
    model = rig.strip.model
    assert [f.index for f in model.frames] == whole == list(range(7))
    assert model.columns == 7
    assert (model.current_frame.index, model.is_pinned) == (5, True)
    model.set_current(3)  # a step of the take in the middle
    assert rig.forks.source()[1] == 3
    assert rig.strip.step(rig.strip.node, 3)[0].id == middle.id


def test_without_its_parent_a_fork_is_shown_from_where_it_left(rig):
    root = rig.make()
    child = fork(rig)
    root.file.unlink()
    rig.strip.tree.remove(rig.strip.tree.nodes())
    rig.strip.clear()
    rig.strip.open_picture(child.picture)
    rig.idle()
    assert [f.index for f in rig.strip.model.frames] == [2, 3, 4, 5, 6]
    assert rig.strip.model.columns == 5  # none behind the picture


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


def test_a_take_that_the_gallery_has_deleted_leaves_the_tree_alone(rig):
    """Its name was given to the next picture: deleting the old take deleted the new picture."""
    rig.qtbot.waitUntil(lambda: rig.studio.history.rowCount() == 0)
    old = rig.make(prompt="old")
    rig.studio.history.delete([0])
    rig.idle()
    new = rig.make(prompt="new")
    assert new.picture != old.picture
    rig.strip.open_picture(new.picture)
    assert rig.strip.node is new
    rig.room.branches.delete(old)
    rig.idle()
    assert old not in rig.strip.tree.nodes()
    assert new.picture.exists()
    foreign = rig.make(prompt="foreign")
    foreign.picture = foreign.picture.replace(rig.library.home.root / "elsewhere.png")
    rig.room.branches.delete(foreign)
    rig.idle()
    assert "not in the library" in rig.words[-1]
    assert foreign in rig.strip.tree.nodes()


def test_deleting_the_last_take_leaves_an_empty_strip(rig):
    node = rig.make()
    rig.room.branches.delete(node)
    rig.idle()
    assert rig.strip.node is None
    assert rig.strip.model.rowCount() == 0
    rig.room.branches.undo_delete()
    rig.idle()
    assert rig.strip.model.rowCount() == 7


def test_a_take_that_could_not_be_brought_back_can_be_tried_again(rig):
    node, trash = rig.make(), rig.library.home.trash
    rig.room.branches.delete(node)
    rig.idle()
    (place,) = trash.iterdir()
    hidden = place.rename(trash.parent / "unplugged")
    rig.room.branches.undo_delete()
    rig.idle()
    assert rig.strip.node is None
    hidden.rename(place)
    rig.room.branches.undo_delete()
    rig.idle()
    assert rig.strip.node is node


def test_a_running_take_is_not_deleted(rig):
    rig.studio.form.edit(prompt="x", steps=300, width=64, height=64)
    rig.studio.session.generate()
    rig.qtbot.waitUntil(lambda: rig.strip.model.rowCount() >= 2, timeout=20_000)
    rig.room.branches.delete(rig.strip.node)
    assert "being made" in rig.words[-1]
    assert len(rig.strip.tree) == 1
    rig.studio.session.stop()
    rig.idle()

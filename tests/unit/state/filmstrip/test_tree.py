"""The tree of takes: lineage, strips of forks, layout."""

from __future__ import annotations

from studio.engine.request import GenerationRequest
from studio.state.filmstrip.tree import Node, NodeState, TakeTree, layout
from tests.unit.state.filmstrip.frames import make_frames

ASK = GenerationRequest(prompt="a hat", steps=8)


def grow():
    """root ── a (at 2) ── b (at 5);  root ── c (at 6)"""
    tree = TakeTree()
    root = tree.add(Node(id="root", request=ASK, own=make_frames(8, size=8)))
    a = tree.add(Node(id="a", request=ASK.edit(prompt="x"), parent=("root", 2),
                      own=make_frames(8, size=8, seed=1)[2:]))  # fmt: skip
    b = tree.add(Node(id="b", request=ASK.edit(prompt="x", eta=0.5), parent=("a", 5),
                      own=make_frames(8, size=8, seed=2)[5:]))  # fmt: skip
    c = tree.add(Node(id="c", request=ASK, parent=("root", 6), own=make_frames(8, size=8)[6:]))
    return tree, root, a, b, c


def test_lineage():
    tree, root, a, b, c = grow()
    assert tree.roots() == [root]
    assert tree.forks_of(root) == [a, c]
    assert tree.branch(a) == [a, b]
    assert tree.root_of(b) is root
    assert tree.parent_of(c) is root


def test_a_forks_strip_begins_with_what_it_inherited():
    tree, root, a, b, _ = grow()
    frames = tree.frames_of(b)
    assert [f.index for f in frames] == list(range(9))
    assert frames[1] is root.own[1]
    assert frames[4] is a.own[2]
    assert frames[5] is b.own[0]


def test_holder_is_the_take_that_owns_the_step():
    tree, root, a, b, _ = grow()
    assert [tree.holder(b, i) for i in (0, 1, 2, 4, 5, 8)] == [root, root, a, a, b, b]


def test_a_provisional_id_gives_way_and_forks_stay_attached():
    tree, root, a, _, c = grow()
    tree.set_id(root, "take-1")
    assert tree["take-1"] is tree["root"] is root
    assert tree.forks_of(root) == [a, c]
    assert a.parent == ("take-1", 2)
    assert tree.nodes()[0] is root


def test_removing_and_restoring_a_branch():
    tree, root, a, b, c = grow()
    branch = tree.branch(a)
    tree.remove(branch)
    assert tree.branch(root) == [root, c]
    tree.restore(branch)
    assert tree.branch(root) == [root, a, b, c]


def test_titles_say_what_was_changed():
    tree, root, a, b, c = grow()
    assert [tree.title(n) for n in (root, a, b, c)] == ["a hat", "a hat → x", "eta 0.5",
                                                        "the same again"]  # fmt: skip
    b.name = "the good one"
    assert tree.title(b) == "the good one"


def test_layout_puts_forks_below_and_no_branch_across_another():
    tree, root, _a, _b, _c = grow()
    placed = {p.node.id: p for p in layout(tree, root)}
    assert [placed[i].row for i in ("root", "c", "a", "b")] == [0, 1, 2, 3]
    assert placed["c"].parent_row == 0
    assert placed["b"].parent_row == placed["a"].row
    assert placed["b"].forked_at == 5
    assert placed["root"].forked_at is None


def test_takes_that_name_themselves_as_parents_end_somewhere():
    tree = TakeTree()
    one = tree.add(Node(id="1", request=ASK, parent=("2", 1), own=make_frames(8, size=8)[1:]))
    two = tree.add(Node(id="2", request=ASK, parent=("1", 1), own=make_frames(8, size=8)[1:]))
    own = tree.add(Node(id="3", request=ASK, parent=("3", 1), own=make_frames(8, size=8)[1:]))
    assert tree.root_of(one) in (one, two)
    assert tree.holder(one, 0) is None
    assert len(tree.frames_of(own)) == 8
    assert len(tree.frames_of(one)) >= 8
    assert tree.branch(own)
    assert layout(tree, one)
    assert own.state is NodeState.FINISHED

"""The tree of takes: which take was forked from which step of which other one. No files here."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.engine.errors import StudioError
from studio.engine.record import Frame, Step, Take
from studio.engine.request import GenerationRequest, Pixels
from studio.library.forks import in_words
from studio.library.stored import indices_of


class NodeState(Enum):
    """How far a take is."""

    WAITING = "waiting"
    RUNNING = "being made"
    FINISHED = "finished"
    CANCELLED = "stopped"


@dataclass(eq=False, slots=True, kw_only=True)
class Node:
    """A take in the tree. Written on the GUI thread only.

    id: the take's, or a provisional one while it is being made. picture, file: where they lie, if
    saved. own: its frames; those before the fork are the parent's. take: once it is loaded.
    """

    id: str
    request: GenerationRequest
    parent: tuple[str, int] | None = None
    name: str = ""
    state: NodeState = NodeState.FINISHED
    picture: Path | None = None
    file: Path | None = None
    take: Take | None = None
    own: Sequence[Frame] = field(default_factory=list)
    pixels: Pixels | None = None  # the finished picture, full size
    face: Pixels | None = None  # a thumbnail, while no frames are loaded
    size_bytes: int = 0  # of the take's file
    has_steps: bool = True  # False: only the previews were kept

    @property
    def total(self) -> int:
        """The steps of the whole run."""
        return self.own[-1].total if self.own else self.request.steps

    @property
    def first(self) -> int:
        """The index of the first step that is its own."""
        return self.own[0].index if self.own else self.parent[1] if self.parent else 0

    @property
    def thumbnail(self) -> Pixels | None:
        """The finished picture, or the newest predicted one that can be read."""
        if self.pixels is not None and self.state is NodeState.FINISHED:
            return self.pixels
        for frame in reversed(self.own[-2:]):
            if "x0" in frame.lanes:
                with contextlib.suppress(StudioError):  # a preview on disk may be damaged
                    return frame.lanes["x0"]
        return self.face


class TakeTree(QObject):
    """All takes of this session and those opened from the library, as a forest.

    Signals:
        tree_changed(): a take came, went, or changed its name, state or thumbnail.
    """

    tree_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: dict[str, Node] = {}
        self._renamed: dict[str, str] = {}  # provisional id -> the take's own

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self._real(id) in self._nodes

    def __getitem__(self, id: str) -> Node:
        return self._nodes[self._real(id)]

    def get(self, id: str) -> Node | None:
        """The take with this id, if it is known here."""
        return self._nodes.get(self._real(id))

    def _real(self, id: str) -> str:
        return self._renamed.get(id, id)

    def nodes(self) -> list[Node]:
        """All takes, oldest first."""
        return list(self._nodes.values())

    def add(self, node: Node) -> Node:
        """Add a take, or put it in the place of the one with its id."""
        self._nodes[node.id] = node
        self.tree_changed.emit()
        return node

    def touch(self) -> None:
        """Say that a node has changed."""
        self.tree_changed.emit()

    def set_id(self, node: Node, id: str) -> None:
        """Give a node its take's own id once the take is there; its forks stay with it."""
        if node.id == id:
            return
        self._renamed[node.id] = id
        # Rebuilt, so that the take keeps its place in the order.
        self._nodes = {id if n is node else key: n for key, n in self._nodes.items()}
        for other in self._nodes.values():
            if other.parent and other.parent[0] == node.id:
                other.parent = (id, other.parent[1])
        node.id = id
        self.tree_changed.emit()

    def roots(self) -> list[Node]:
        """Takes whose parent is not known here, oldest first."""
        return [n for n in self._nodes.values() if n.parent is None or n.parent[0] not in self]

    def forks_of(self, node: Node) -> list[Node]:
        """The takes forked from `node`, by the step they left from, then by age."""
        found = [n for n in self._nodes.values() if n.parent and self._real(n.parent[0]) == node.id]
        return sorted(found, key=lambda n: n.parent[1] if n.parent else 0)

    def parent_of(self, node: Node) -> Node | None:
        """The take that `node` was forked from, if it is known here."""
        return self.get(node.parent[0]) if node.parent else None

    def branch(self, node: Node) -> list[Node]:
        """`node` and everything that hangs from it, parents before their forks."""
        found, waiting = list[Node](), [node]
        while waiting:
            here = waiting.pop()
            if here not in found:
                found.append(here)
                waiting += reversed(self.forks_of(here))
        return found

    def root_of(self, node: Node) -> Node:
        """The take that `node`'s line of forks began with."""
        seen = {node.id}
        while (above := self.parent_of(node)) is not None and above.id not in seen:
            seen.add(above.id)
            node = above
        return node

    def remove(self, nodes: Sequence[Node]) -> None:
        """Take nodes out of the tree; their files are someone else's business."""
        for node in nodes:
            self._nodes.pop(node.id, None)
        self.tree_changed.emit()

    def restore(self, nodes: Sequence[Node]) -> None:
        """Put removed nodes back."""
        self._nodes |= {node.id: node for node in nodes}
        self.tree_changed.emit()

    def frames_of(self, node: Node) -> list[Frame]:
        """The whole strip of a take: what it inherited before its fork, then its own frames."""
        return [f for here, end in self._line(node) for f in here.own if f.index < end]

    def steps_of(self, node: Node, among: Collection[int] | None = None) -> Iterator[Step]:
        """The records of a take, what it inherited before its fork first; read one by one.

        among: the indices of those that are wanted; None = all.
        """
        for here, end in self._line(node):
            steps = here.take.steps if here.take is not None else ()
            for row, index in enumerate(indices_of(steps)):
                if index >= end:
                    break
                if among is None or index in among:
                    yield steps[row]

    def _line(self, node: Node) -> list[tuple[Node, float]]:
        """Eldest first, the takes that `node` comes from, and the step at which each was left."""
        line: list[tuple[Node, float]] = []
        here: Node | None = node
        end = math.inf
        while here is not None and all(here is not n for n, _ in line):
            line.append((here, end))
            end = min(end, here.parent[1]) if here.parent else end
            here = self.parent_of(here)
        return line[::-1]

    def holder(self, node: Node, index: int) -> Node | None:
        """The take in `node`'s line that owns the step `index`: itself, or the one it left."""
        seen: set[str] = set()
        here: Node | None = node
        while here is not None and here.id not in seen:
            seen.add(here.id)
            if index >= here.first:
                return here
            here = self.parent_of(here)
        return None

    def title(self, node: Node) -> str:
        """The take's name; without one, what its fork changed, or its prompt. Untrusted text."""
        if node.name:
            return node.name
        above = self.parent_of(node)
        if above is None:
            return " ".join(node.request.prompt[:200].split()) or "(no prompt)"
        same = "continued" if above.state is NodeState.CANCELLED else "the same again"
        return ", ".join(in_words(node.request, above.request)) or same


@dataclass(frozen=True, slots=True)
class Placed:
    """A take in the drawing of the tree. row: 0 = top. forked_at: step index, None for a root."""

    node: Node
    row: int
    parent_row: int | None
    forked_at: int | None


def layout(tree: TakeTree, root: Node) -> list[Placed]:
    """One row for each take: a fork lies below its parent, early forks lower than late ones.

    That way no branch crosses another one.
    """
    placed: dict[str, Placed] = {}
    waiting: list[tuple[Node, int | None]] = [(root, None)]
    while waiting:
        node, parent_row = waiting.pop()
        if node.id in placed:
            continue
        row = len(placed)
        forked_at = node.parent[1] if node.parent and parent_row is not None else None
        placed[node.id] = Placed(node, row, parent_row, forked_at)
        # The latest fork is popped first and so lies next below.
        waiting += [(fork, row) for fork in tree.forks_of(node)]
    return list(placed.values())

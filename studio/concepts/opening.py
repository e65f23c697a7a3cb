"""Open and check the index of a model: the artist's own files, or a shared one in Milvus."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from studio.concepts.rows import Rows
from studio.concepts.store import DamagedIndex, StoreError, VectorStore

COMPACT_ABOVE = 0.3  # wasted share of the matrix
log = logging.getLogger(__name__)


def open_store(
    folder: Path, dimensions: int, model: str, milvus: str, notes: list[str]
) -> VectorStore:
    """The index of a model. milvus: address of a shared one; "" = our own, in `folder`.

    An index that is damaged is kept under another name and a new one begun; `notes` is told. Any
    other reason, such as a full disk, leaves it as it is. Raises StoreError.
    """
    if milvus:
        from studio.concepts.milvus_store import MilvusStore

        return MilvusStore(milvus, dimensions, model)
    from studio.concepts.file_store import FileStore

    try:
        return FileStore(folder, dimensions, model)
    except DamagedIndex:
        put_aside(folder, notes)
        return FileStore(folder, dimensions, model)


def put_aside(folder: Path, notes: list[str]) -> None:
    """Rename a damaged index, so that nothing is lost. Raises StoreError if it cannot be."""
    for number in range(1, 1000):
        aside = folder.with_name(f"{folder.name}.damaged-{number}")
        if aside.exists():
            continue
        try:
            folder.rename(aside)
        except OSError:
            break
        notes.append(f"The search index was damaged; it was kept as {aside.name}. "
                     "Index the folders again.")  # fmt: skip
        return
    raise StoreError("The search index is damaged and cannot be moved away.",
                     "Delete the folder of old indexes.")  # fmt: skip


def forget_below(indexes: Path, folder: Path, kept: Sequence[Path]) -> None:
    """Forget the pictures below a folder in the index of every model, but those below `kept`.

    indexes: our own; those that are damaged or of another program are passed over.
    """
    top, safe = _top(folder), tuple(_top(path) for path in kept)
    for file in sorted(indexes.glob("*/index.db")):
        try:
            rows = Rows(file)
        except StoreError as error:
            log.info("%s is passed over: %s", file.parent.name, error.message)
            continue
        try:
            with rows.writing():
                for name, ids in rows.files(top).items():
                    if not name.startswith(safe):
                        rows.delete(ids)
        finally:
            rows.close()


def _top(folder: Path) -> str:
    """How the names of all files below begin."""
    name = os.path.abspath(folder)
    return name if name.endswith(os.sep) else name + os.sep


def check_store(store: VectorStore, stop: threading.Event) -> None:
    """Check our own index as a whole: what is damaged is marked, what is wasted is given back.

    Raises DamagedIndex when it is of no use as it is.
    """
    from studio.concepts.file_store import FileStore

    if not isinstance(store, FileStore):
        return
    for _rows in store.verify():
        if stop.is_set():
            return
    if store.waste() > COMPACT_ABOVE:
        try:
            store.compact()
        except DamagedIndex:
            raise
        except StoreError as error:  # no room for a second copy: it goes on as it is
            log.info("%s %s", error.message, error.hint)

"""A VectorStore in Milvus, for shared and very large libraries (optional extra "milvus").

address: "http://host:19530" of a server, or the path of a file ending in .db for Milvus Lite.
The index is FLAT (exact). Milvus returns candidates only, so Scores are not complete; search then
takes mean and spread from a sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from studio.concepts.algebra import Vectors, unit
from studio.concepts.store import Entry, Ids, Item, Scores, Source, StoreError

_FIELDS = ["id", "file", "part", "size", "mtime_ns", "state", "reason", "width", "height"]
_PAGE = 1000
_QUERY_MAX = 16_000  # rows that one query may return; a file has far fewer
_CANDIDATES_MAX = 16_000  # what one Milvus search may return
_SAMPLE_MAX = 2000


class MilvusStore:
    """One collection per model. Raises StoreError when the server or pymilvus is missing."""

    def __init__(self, address: str, dimensions: int, model: str) -> None:
        self._dimensions = dimensions
        self._name = "studio_" + "".join(c if c.isalnum() else "_" for c in model)[:200]
        try:
            import pymilvus
        except ImportError as error:
            raise StoreError(
                "The Milvus client is not installed.", "Install the program's extra “milvus”."
            ) from error
        self._errors: tuple[type[Exception], ...] = (pymilvus.MilvusException, OSError, ValueError)
        try:
            self._client = pymilvus.MilvusClient(address)
            if not self._client.has_collection(self._name):
                self._create(pymilvus.DataType)
            self._client.load_collection(self._name)
        except self._errors as error:
            raise self._failed(error) from error

    def _create(self, types: Any) -> None:
        schema = self._client.create_schema(auto_id=True, enable_dynamic_field=False)
        schema.add_field("id", types.INT64, is_primary=True)
        schema.add_field("vector", types.FLOAT_VECTOR, dim=self._dimensions)
        for name, length in (("file", 4096), ("digest", 64), ("state", 16), ("reason", 512)):
            schema.add_field(name, types.VARCHAR, max_length=length)
        for name in ("part", "size", "mtime_ns", "width", "height"):
            schema.add_field(name, types.INT64)
        index = self._client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="COSINE")
        self._client.create_collection(self._name, schema=schema, index_params=index)

    def _failed(self, error: Exception) -> StoreError:
        return StoreError(f"The Milvus index does not answer: {str(error)[:160]}.",
                          "Check the server's address, or use the built-in index.")  # fmt: skip

    @property
    def dimensions(self) -> int:
        """D, numbers per vector."""
        return self._dimensions

    def __len__(self) -> int:
        rows = self._query("state == 'ready'", ["count(*)"], limit=None)
        return int(rows[0]["count(*)"]) if rows else 0

    def _query(
        self, condition: str, fields: list[str], *, limit: int | None = _QUERY_MAX
    ) -> list[dict[str, Any]]:
        options: dict[str, Any] = {"consistency_level": "Strong"}
        if limit is not None:
            options["limit"] = limit
        try:
            return list(self._client.query(
                self._name, filter=condition, output_fields=fields, **options
            ))  # fmt: skip
        except self._errors as error:
            raise self._failed(error) from error

    def _all(self, condition: str, fields: list[str]) -> Iterable[dict[str, Any]]:
        """All rows, in pages; for conditions that more than _QUERY_MAX rows may meet."""
        try:
            pages = self._client.query_iterator(
                self._name, batch_size=_PAGE, filter=condition, output_fields=fields,
                consistency_level="Strong",
            )  # fmt: skip
            while rows := pages.next():
                yield from rows
            pages.close()
        except self._errors as error:
            raise self._failed(error) from error

    def add(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Store or replace pictures."""
        if vectors.shape != (len(entries), self._dimensions) or not np.isfinite(vectors).all():
            raise StoreError("The vectors do not fit this index.", "Index the folders again.")
        old = [item.id for entry in entries for item in self.find(entry.source.file)
               if item.part == entry.part or item.state == "failed"]  # fmt: skip
        rows = [self._row(entry, vector) for entry, vector in zip(entries, vectors, strict=True)]
        self._insert(rows)
        self.remove(old)

    def _row(self, entry: Entry, vector: Vectors, *, reason: str = "") -> dict[str, Any]:
        source = entry.source
        return {"vector": vector.tolist(), "file": source.file, "part": entry.part,
                "size": source.size, "mtime_ns": source.mtime_ns, "digest": source.digest.hex(),
                "state": "failed" if reason else "ready", "reason": reason[:500],
                "width": entry.width, "height": entry.height}  # fmt: skip

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        try:
            self._client.insert(self._name, rows)
            self._client.flush(self._name)
        except self._errors as error:
            raise self._failed(error) from error

    def fail(self, source: Source, reason: str) -> None:
        """Remember that a file cannot be read."""
        self.remove(item.id for item in self.find(source.file))
        first = np.eye(1, self._dimensions, dtype=np.float32)[0]  # COSINE needs a norm
        self._insert([self._row(Entry(source=source), first, reason=reason or "?")])

    def find(self, file: str) -> list[Item]:
        """Everything known of one file."""
        rows = self._query(f"file == {_literal(file)}", _FIELDS)
        return sorted(map(_item, rows), key=lambda item: item.part)

    def has_size(self, size: int) -> bool:
        """Whether a ready picture has this many bytes."""
        return bool(self._query(f'size == {size} and state == "ready"', ["id"], limit=1))

    def alike(self, source: Source) -> list[Item]:
        """Ready pictures of another file with the same bytes."""
        if not source.digest:
            return []
        rows = self._query(
            f'digest == "{source.digest.hex()}" and size == {source.size} and state == "ready"',
            _FIELDS,
        )
        found = [item for item in map(_item, rows) if item.file != source.file]
        return [item for item in found if item.file == found[0].file]

    def copy(self, items: Sequence[Item], source: Source) -> None:
        """Store `source` with the vectors that `items` have."""
        entries = [Entry(source=source, part=i.part, width=i.width, height=i.height) for i in items]
        self.add(entries, self.vectors([item.id for item in items]))

    def remove(self, ids: Iterable[int]) -> None:
        """Forget pictures."""
        wanted = [int(i) for i in ids]
        try:
            if wanted:
                self._client.delete(self._name, ids=wanted)
        except self._errors as error:
            raise self._failed(error) from error

    def files(self, folder: str) -> dict[str, list[int]]:
        """The known files below a folder, with their ids."""
        known: dict[str, list[int]] = {}
        for row in self._all("id >= 0", ["id", "file"]):
            if row["file"].startswith(folder):
                known.setdefault(row["file"], []).append(row["id"])
        return known

    def failures(self) -> list[Item]:
        """The files that could not be read."""
        return list(map(_item, self._all("state == 'failed'", _FIELDS)))

    def items(self, ids: Sequence[int]) -> list[Item]:
        """The pictures of these ids, in their order."""
        wanted = [int(i) for i in ids]
        found: dict[int, Item] = {}
        for at in range(0, len(wanted), _PAGE):
            rows = self._query(f"id in {wanted[at : at + _PAGE]}", _FIELDS)
            found |= {row["id"]: _item(row) for row in rows}
        return [found[i] for i in wanted if i in found]

    def score(self, directions: Vectors, candidates: int) -> Scores:
        """Cosines of the best candidates along the first direction with all of them."""
        limit = max(1, min(candidates, _CANDIDATES_MAX))
        try:
            answer = self._client.search(
                self._name, data=[directions[0].tolist()], limit=limit, output_fields=["id"],
                filter="state == 'ready'", consistency_level="Strong",
            )[0]  # fmt: skip
        except self._errors as error:
            raise self._failed(error) from error
        ids: Ids = np.array([hit["id"] for hit in answer], np.int64)
        values = np.asarray(directions, np.float32) @ self.vectors(ids.tolist()).T
        return Scores(ids, np.asarray(values, np.float32), is_complete=False)

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The vectors of these ids, [N, D] float32; zeros for unknown ids."""
        wanted = [int(i) for i in ids]
        found = np.zeros((len(wanted), self._dimensions), np.float32)
        places = {number: row for row, number in enumerate(wanted)}
        for at in range(0, len(wanted), _PAGE):
            for row in self._query(f"id in {wanted[at : at + _PAGE]}", ["id", "vector"]):
                found[places[row["id"]]] = row["vector"]
        return unit(found)

    def sample(self, count: int) -> Vectors:
        """Up to `count` vectors, the first ones that the server gives."""
        rows = self._query("state == 'ready'", ["vector"], limit=max(1, min(count, _SAMPLE_MAX)))
        plain = np.array([row["vector"] for row in rows], np.float32)
        return unit(plain.reshape(-1, self._dimensions))

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def _literal(text: str) -> str:
    """Text inside a filter. Milvus Lite has no filter templates, so it is quoted by hand."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


def _item(row: dict[str, Any]) -> Item:
    return Item(**{name: row[name] for name in _FIELDS})

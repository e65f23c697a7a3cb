"""A VectorStore in Milvus, for shared and very large libraries (optional extra "milvus").

address: "http://host:19530" of a server, with "/database" after it and "user:password@" before the
host where needed, or the path of a file ending in .db for Milvus Lite. The index is FLAT (exact).
Milvus returns candidates only, so Scores are not complete; search then takes mean and spread from
a sample. Every call has a time limit: a server that is gone is an error, never a hang.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from studio.concepts.algebra import Vectors, unit
from studio.concepts.store import Entry, Ids, Item, Scores, Source, StoreError

_FIELDS = ["id", "file", "part", "size", "mtime_ns", "state", "reason", "width", "height"]
_PAGE = 1000
_QUERY_MAX = 16_000  # rows that one query may return; a file has far fewer
_CANDIDATES_MAX = 16_000  # what one Milvus search may return
_SAMPLE_MAX = 2000
_LOUD = ("pymilvus", "pymilvus.milvus_client", "grpc")
CONNECT_SECONDS = 8.0
CALL_SECONDS = 20.0
_USUAL_WORDS = {  # what a server says (the client has no types for it): message, hint
    "auth": ("The Milvus server at {place} refuses the name or the password.",
             "Write them into the address: http://name:password@host:19530."),
    "database": ("The Milvus server at {place} has no such database.",
                           "Check what follows the last / of the address."),
    "illegal": ("“{place}” is no address of a Milvus server.",
                "Write http://host:19530, and /database after it if it is not the default one."),
    "dimension": ("The Milvus index at {place} is of another model.",
                  "Choose the model that made it, or another database."),
}  # fmt: skip


class MilvusStore:
    """One collection per model. Raises StoreError when the server or pymilvus is missing."""

    def __init__(self, address: str, dimensions: int, model: str) -> None:
        self._dimensions = dimensions
        self._name = "studio_" + "".join(c if c.isalnum() else "_" for c in model)[:200]
        self._is_lite = address.endswith(".db")
        self._place = address if self._is_lite else _without_secrets(address)
        try:
            import grpc
            import pymilvus
        except ImportError as error:
            raise StoreError(
                "The Milvus client is not installed.", "Install the program's extra “milvus”."
            ) from error
        for name in _LOUD:  # it prints whole tracebacks; what it raises is told in one sentence
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._errors: tuple[type[Exception], ...] = (
            pymilvus.MilvusException, grpc.RpcError, OSError, ValueError  # RpcError: some slip by
        )  # fmt: skip
        self._was_lost = False
        try:
            self._client = pymilvus.MilvusClient(address, timeout=CONNECT_SECONDS)
        except self._errors as error:
            raise self._failed(error, is_new=True) from error
        try:
            if not self._client.has_collection(self._name, timeout=CALL_SECONDS):
                self._create(pymilvus.DataType)
            self._load()
            self._check_width()
        except self._errors as error:
            self._client.close()
            raise self._failed(error) from error

    def _load(self) -> None:
        self._client.load_collection(self._name, timeout=CALL_SECONDS)
        self._was_lost = False

    def _call(self, method: str, *values: Any, **options: Any) -> Any:
        """Call the client for our collection. A server that was restarted has to load it again.

        Raises StoreError.
        """
        for is_second in (False, True):
            try:
                if self._was_lost:
                    self._load()
                return getattr(self._client, method)(
                    self._name, *values, timeout=CALL_SECONDS, **options
                )
            except self._errors as error:
                self._was_lost = True
                if is_second or "load" not in str(getattr(error, "message", "")):
                    raise self._failed(error) from error
        raise AssertionError("the second time returns or raises")

    def _check_width(self) -> None:
        about = self._client.describe_collection(self._name, timeout=CALL_SECONDS)
        widths = [field.get("params", {}).get("dim") for field in about.get("fields", [])
                  if field.get("name") == "vector"]  # fmt: skip
        if [int(width or 0) for width in widths] != [self._dimensions]:
            raise ValueError(f"dimension {widths}")

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
        self._client.create_collection(self._name, schema=schema, index_params=index,
                                       timeout=CALL_SECONDS)  # fmt: skip

    def _failed(self, error: Exception, *, is_new: bool = False) -> StoreError:
        """What a person can do about it. is_new: the server has never answered."""
        said = str(getattr(error, "message", "") or error)
        for sign, (message, hint) in _USUAL_WORDS.items():
            if sign in said.lower() and "illegal connection params" not in said:
                return StoreError(message.format(place=self._place), hint)
        is_silent = any(sign in said for sign in ("Fail connecting", "UNAVAILABLE", "imeout",
                                                  "DEADLINE", "connection first"))  # fmt: skip
        if is_silent or is_new:
            return StoreError(f"The Milvus server at {self._place} does not answer.",
                              "Check that it runs and that its address is right. What it has "
                              "stored is kept; go on when it is back.")  # fmt: skip
        return StoreError(f"The Milvus server at {self._place} reports: {said[:160]}.",
                          "Check the server, or use the built-in index.")  # fmt: skip

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
        options: dict[str, Any] = {} if limit is None else {"limit": limit}
        return list(self._call("query", filter=condition, output_fields=fields,
                               consistency_level="Strong", **options))  # fmt: skip

    def _all(self, condition: str, fields: list[str]) -> Iterable[dict[str, Any]]:
        """All rows, in pages; for conditions that more than _QUERY_MAX rows may meet."""
        pages = self._call("query_iterator", batch_size=_PAGE, filter=condition,
                           output_fields=fields, consistency_level="Strong")  # fmt: skip
        try:
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
        self._call("insert", rows)
        if self._is_lite:  # a server has it in its log; flushing there is slow and rationed
            self._call("flush")

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
        if wanted:
            self._call("delete", ids=wanted)

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
        answer = self._call("search", data=[directions[0].tolist()], limit=limit,
                            output_fields=["id"], filter="state == 'ready'",
                            consistency_level="Strong")[0]  # fmt: skip
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


def _without_secrets(address: str) -> str:
    """Host and port for messages; never a name or a password."""
    try:
        parts = urlsplit(address)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname or address)
    except ValueError:
        return address.rpartition("@")[2]


def _literal(text: str) -> str:
    """Text inside a filter. Milvus Lite has no filter templates, so it is quoted by hand."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


def _item(row: dict[str, Any]) -> Item:
    return Item(**{name: row[name] for name in _FIELDS})

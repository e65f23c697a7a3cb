"""The source tree as the laws see it: modules, their syntax trees, who imports whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STUDIO = ROOT / "studio"
HEAVY = frozenset(
    {"torch", "torchvision", "diffusers", "transformers", "open_clip", "peft", "accelerate", "timm"}
)


@dataclass(frozen=True)
class Import:
    """One import statement. is_lazy: inside a function; is_typing: under TYPE_CHECKING."""

    module: str
    line: int
    is_lazy: bool
    is_typing: bool


@dataclass(frozen=True)
class Module:
    """A file below studio/. name: dotted, as imported."""

    name: str
    path: Path
    tree: ast.Module = field(repr=False, compare=False, hash=False)
    text: str = field(repr=False, compare=False, hash=False)

    @property
    def room(self) -> str:
        """The first name below studio: "engine", "ui", "cli", ..."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else "studio"

    @property
    def where(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def modules() -> dict[str, Module]:
    """Every module of the product by dotted name."""
    found = {}
    for path in sorted(STUDIO.rglob("*.py")):
        if "_resources" in path.parts:
            continue
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found[name] = Module(name, path, ast.parse(text), text)
    return found


def _is_typing_block(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(module: Module) -> Iterator[Import]:
    """Every import statement of a module, wherever it stands."""
    yield from _walk(module, module.tree, is_lazy=False, is_typing=False)


def _walk(module: Module, node: ast.AST, *, is_lazy: bool, is_typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, is_lazy, is_typing)
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            for alias in child.names:
                full = f"{base}.{alias.name}"
                name = full if full in modules() else base
                yield Import(name, child.lineno, is_lazy, is_typing)
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _walk(
                module, child, is_lazy=is_lazy or inside,
                is_typing=is_typing or _is_typing_block(child),
            )  # fmt: skip


@cache
def graph() -> dict[str, frozenset[str]]:
    """Our modules -> what they import when they are imported (no lazy, no typing imports)."""
    return {
        name: frozenset(i.module for i in imports(module) if not i.is_lazy and not i.is_typing)
        for name, module in modules().items()
    }


@cache
def heavy_modules() -> frozenset[str]:
    """Our modules whose import brings torch or one of its kin."""
    heavy = {n for n, used in graph().items() if any(u.split(".")[0] in HEAVY for u in used)}
    while True:
        more = {n for n, used in graph().items() if n not in heavy and used & heavy}
        if not more:
            return frozenset(heavy)
        heavy |= more


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node

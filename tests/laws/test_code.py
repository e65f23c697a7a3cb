"""Sizes, docstrings and the small rules of the house."""

from __future__ import annotations

import ast
import re

import pytest

from tests.laws.source import ROOT, functions, imports, modules

FILE_MAX = 400
FUNCTION_MAX = 40
# `except Exception` ends here, where errors turn into words
CATCH_ALL = {"studio/jobs/job.py", "studio/app.py"}
FORBIDDEN = {
    r"\bTODO\b|\bFIXME\b|\bXXX\b": "an unfinished thought: open an issue",
    r"raise NotImplementedError": "nothing half-built is shipped",
    r"torch\.manual_seed|np\.random\.seed|random\.seed\(": "a global seed: use a Generator",
    r"\.processEvents\(": "it re-enters slots: give the work to a job",
    r"\.terminate\(\)": "it kills a thread inside torch: set the stop event",
    r"torch\.jit\.load|pickle\.load|torch\.load\((?!.*weights_only=True)": "runs a stranger's code",
    r"trust_remote_code\s*=\s*True": "runs a stranger's code",
    r"(?<![.\w])(?:eval|exec)\(": "runs text as code",
    r"0\.18215|0\.13025": "scaling comes from vae.config",
    r"import_module\(|__import__\(": "an import that the laws cannot see",
}
ALLOWED_WORDS = {
    # single files carry no vae config: what the trainers of the two VAEs chose, as a table
    ("studio/engine/models/layouts.py", r"0\.18215|0\.13025"),
    # the commands by name, and the rooms that wait until the window is up
    ("studio/cli.py", r"import_module\(|__import__\("),
    ("studio/rooms.py", r"import_module\(|__import__\("),
    # what the engine needs, piece by piece, so that it can be stopped between them
    ("studio/engine/importing.py", r"import_module\(|__import__\("),
}


def python_files():
    return [module.path for module in modules().values()] + sorted(
        p for folder in ("tests", "packaging") for p in (ROOT / folder).rglob("*.py")
    )


def test_files_are_short():
    long = {str(p.relative_to(ROOT)): n for p in python_files()
            if (n := p.read_text(encoding="utf-8").count("\n")) > FILE_MAX}  # fmt: skip
    assert not long, long


def test_functions_are_short():
    long = []
    for module in modules().values():
        for function in functions(module.tree):
            lines = (function.end_lineno or 0) - function.lineno + 1
            if lines > FUNCTION_MAX:
                long.append(f"{module.where}:{function.lineno} {function.name}: {lines} lines")
    assert not long, "\n".join(long)


def is_qt_override(name: str) -> bool:
    """paintEvent, rowCount, ...: what they do is written in Qt's own manual."""
    is_camel = re.fullmatch(r"[a-z]+([A-Z][a-z]*)+", name) is not None
    return is_camel or name in ("data", "flags", "event")


def missing_docstrings(tree: ast.AST, *, inside_private: bool = False):
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        is_public = not node.name.startswith("_") and not inside_private
        is_overload = any("overload" in ast.unparse(d) for d in node.decorator_list)
        is_setter = any(".setter" in ast.unparse(d) for d in node.decorator_list)
        is_exempt = is_overload or is_setter or is_qt_override(node.name)
        if is_public and not is_exempt and ast.get_docstring(node) is None:
            yield node
        if isinstance(node, ast.ClassDef):
            yield from missing_docstrings(node, inside_private=not is_public)


def test_everything_public_says_what_it_does():
    bare = []
    for module in modules().values():
        if module.text.strip() and ast.get_docstring(module.tree) is None:
            bare.append(f"{module.where}: the module")
        bare += [f"{module.where}:{n.lineno} {n.name}" for n in missing_docstrings(module.tree)]
    assert not bare, "\n".join(bare)


def test_annotations_are_postponed_everywhere():
    bad = []
    for module in modules().values():
        body = [n for n in ast.walk(module.tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
        if body and not any(i.module == "__future__" for i in imports(module)):
            bad.append(module.where)
    assert not bad, bad


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_nothing_forbidden(pattern):
    found = []
    for module in modules().values():
        if (module.where, pattern) in ALLOWED_WORDS:
            continue
        for number, line in enumerate(module.text.splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{module.where}:{number} {line.strip()}")
    assert not found, f"{FORBIDDEN[pattern]}\n" + "\n".join(found)


def wide_nets(tree: ast.AST):
    """Places that swallow every error: bare, by name, in a tuple, or by contextlib.suppress."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            named = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            raises = any(isinstance(n, ast.Raise) for n in ast.walk(node))  # turned into words
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            named, raises = node.args, False
        else:
            continue
        caught = {ast.unparse(name) if name else "" for name in named}
        if caught & {"", "Exception", "BaseException"} and not raises:
            yield node


def test_errors_are_caught_by_name():
    found = [
        f"{module.where}:{node.lineno}"
        for module in modules().values()
        if module.where not in CATCH_ALL
        for node in wide_nets(module.tree)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("try:\n a\nexcept:\n b", 1), ("try:\n a\nexcept Exception:\n b", 1),
        ("try:\n a\nexcept (OSError, Exception) as e:\n b", 1),
        ("with contextlib.suppress(BaseException):\n a", 1), ("with suppress(Exception):\n a", 1),
        ("try:\n a\nexcept Exception as e:\n raise Words() from e", 0),
        ("try:\n a\nexcept (OSError, ValueError):\n b", 0), ("with suppress(OSError):\n a", 0),
    ],
)  # fmt: skip
def test_the_law_on_errors_sees_every_spelling(code, count):
    assert len(list(wide_nets(ast.parse(code)))) == count


def test_imports_are_absolute():
    found = [
        f"{module.where}:{node.lineno}"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not found, found

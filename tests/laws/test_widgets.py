"""Strangers' text is never shown as rich text: the window speaks through ui/plain.py.

Sixteen nested tables in a prompt freeze a QLabel for half a minute, and an <img> reads a file.
"""

from __future__ import annotations

import ast

from tests.laws.source import modules

RICH_METHODS = {"setToolTip", "setWhatsThis", "setHtml", "insertHtml", "setStatusTip"}
RICH_CLASSES = {"QMessageBox", "QErrorMessage", "QTextBrowser", "QProgressDialog",
                "QTextEdit", "QWhatsThis"}  # fmt: skip
HOME = "studio/ui/plain.py"


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def owner(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value)
    return ""


def has_text(node: ast.Call) -> bool:
    """Whether a QLabel is built with something that may be text."""
    return bool(node.args) and ast.unparse(node.args[0]) not in ("self", "parent")


def is_plain(node: ast.Call, escaped: set[str]) -> bool:
    """Escaped words, words that an action already shows, or words of our own."""
    texts = [ast.unparse(arg) for arg in node.args]
    names = {n.id for arg in node.args for n in ast.walk(arg) if isinstance(n, ast.Name)}
    is_escaped = any("plain_tip(" in text or text.endswith(".toolTip()") for text in texts)
    has_own_words_only = bool(texts) and not names - {"self", "QLineEdit", "parent"}
    return is_escaped or bool(names & escaped) or has_own_words_only


def escaped_names(tree: ast.AST) -> set[str]:
    """Variables that were given the outcome of plain_tip."""
    return {
        ast.unparse(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("plain_tip(")
    }


def test_no_raw_rich_text():
    found = []
    for module in modules().values():
        if module.room not in ("ui", "app", "__main__") or module.where == HOME:
            continue
        escaped = escaped_names(module.tree)
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            name = called(node)
            is_rich = (
                name in RICH_METHODS
                or name in RICH_CLASSES
                or owner(node) in RICH_CLASSES
                or (name == "QLabel" and has_text(node))
                or (name == "showText" and owner(node) == "QToolTip")
            )
            if is_rich and not is_plain(node, escaped):
                found.append(f"{module.where}:{node.lineno} {ast.unparse(node)[:70]}")
    assert not found, "\n".join(found)


def lambda_slots(tree: ast.AST):
    """Calls of connect that are given a lambda, however it is wrapped."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == "connect":
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(isinstance(inner, ast.Lambda) for arg in given for inner in ast.walk(arg)):
                yield node


def test_signals_go_to_methods_not_lambdas():
    """A lambda runs in the sender's thread and outlives the widget that it touches."""
    found = [
        f"{module.where}:{node.lineno}"
        for module in modules().values()
        if module.room in ("ui", "state", "jobs", "app")
        for node in lambda_slots(module.tree)
    ]
    assert not found, found


def test_the_law_on_slots_sees_every_spelling():
    for code in ("a.b.connect(lambda: 1)", "a.b.connect(slot=lambda: 1)",
                 "a.b.connect(partial(lambda x: x, 1))"):  # fmt: skip
        assert list(lambda_slots(ast.parse(code)))
    assert not list(lambda_slots(ast.parse("a.b.connect(self._on_b)")))

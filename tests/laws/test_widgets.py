"""Strangers' text is never shown as rich text: the window speaks through ui/plain.py.

Sixteen nested tables in a prompt freeze a QLabel for half a minute, and an <img> reads a file.
"""

from __future__ import annotations

import ast

from tests.laws.source import modules
from tests.laws.test_imports import COMPOSERS

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


def is_plain(node: ast.Call, escaped: set[str]) -> bool:
    """Escaped words, words that an action already shows, or words of our own."""
    texts = [ast.unparse(arg) for arg in node.args]
    names = {n.id for arg in node.args for n in ast.walk(arg) if isinstance(n, ast.Name)}
    is_escaped = any("plain_tip(" in text or text.endswith(".toolTip()") for text in texts)
    is_own = bool(texts) and all(text in ("self", "parent") or not _is_made(arg)
                                 for text, arg in zip(texts, node.args, strict=True))  # fmt: skip
    return is_escaped or bool(names & escaped) or is_own


def _is_made(arg: ast.expr) -> bool:
    """Whether it is anything but words that stand in the source."""
    return any(isinstance(n, (ast.Name, ast.Attribute, ast.Call)) for n in ast.walk(arg))


def escaped_names(tree: ast.AST) -> set[str]:
    """Variables that were given the outcome of plain_tip."""
    return {
        ast.unparse(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("plain_tip(")
    }


def rich_calls(tree: ast.AST):
    """Calls that may show text of others as rich text."""
    escaped = escaped_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        is_rich = (
            name in RICH_METHODS
            or name in RICH_CLASSES
            or owner(node) in RICH_CLASSES
            or (name == "showText" and owner(node) == "QToolTip")
        )
        # What a QLabel is given later cannot be seen here: there is PlainLabel.
        if name == "QLabel" or (is_rich and not is_plain(node, escaped)):
            yield node


def test_no_raw_rich_text():
    found = [
        f"{module.where}:{node.lineno} {ast.unparse(node)[:70]}"
        for module in modules().values()
        if module.room in ("ui", *COMPOSERS) and module.where != HOME
        for node in rich_calls(module.tree)
    ]
    assert not found, "\n".join(found)


def test_the_law_on_rich_text_sees_every_spelling():
    for code in ("a.setToolTip(prompt)", "a.setToolTip(self._prompt)", "a.setToolTip(self.title())",
                 "a.setToolTip(f'{self.name}')", "QLabel(self._name)", "QLabel(self)", "QLabel()",
                 "QMessageBox.warning(self, title, text)",
                 "QToolTip.showText(at, words)"):  # fmt: skip
        assert list(rich_calls(ast.parse(code))), code
    for code in ("a.setToolTip('ours')", "a.setToolTip(plain_tip(prompt))",
                 "a.setToolTip(action.toolTip())",
                 "tip = plain_tip(x)\na.setToolTip(tip)"):  # fmt: skip
        assert not list(rich_calls(ast.parse(code))), code


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
        if module.room in ("ui", "state", "jobs", *COMPOSERS)
        for node in lambda_slots(module.tree)
    ]
    assert not found, found


def test_the_law_on_slots_sees_every_spelling():
    for code in ("a.b.connect(lambda: 1)", "a.b.connect(slot=lambda: 1)",
                 "a.b.connect(partial(lambda x: x, 1))"):  # fmt: skip
        assert list(lambda_slots(ast.parse(code)))
    assert not list(lambda_slots(ast.parse("a.b.connect(self._on_b)")))

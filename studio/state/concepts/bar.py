"""The expression being written: its text, its terms, and where it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.concepts.expression import (
    Expression,
    ExpressionError,
    Term,
    difference,
    parse,
    picture_term,
    text_term,
    to_text,
)

WHEEL_STEP = 0.1  # of weight
PAST_MAX = 200  # states that can be gone back to


class ExpressionBar(QObject):
    """One expression, edited as text or as chips; both always say the same.

    Signals:
        text_changed(str): the text was changed by chips, not by typing.
        terms_changed(): the terms are others.
        mistake_changed(): `mistake` is another, or None.
    """

    text_changed = Signal(str)
    terms_changed = Signal()
    mistake_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.expression = Expression()
        self.mistake: ExpressionError | None = None
        self._past: list[str] = []
        self._future: list[str] = []
        self._doing: object = None  # "typing", or the place weighed: its next steps belong to it

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms as last understood."""
        return self.expression.terms

    def type_text(self, text: str) -> None:
        """Take over what was typed; while it is wrong the last good terms stay."""
        if text == self.text:
            return
        self._remember(text, "typing")
        self._read(text)

    def undo(self) -> None:
        """Go back to the state before, however it was changed: chips, typing, drops."""
        self._go(self._past, self._future)

    def redo(self) -> None:
        """Take an undo back."""
        self._go(self._future, self._past)

    def set_expression(self, expression: Expression, *, weighed: int | None = None) -> None:
        """Replace everything, e.g. by a saved search. weighed: the place that alone changes."""
        text = to_text(expression)
        self._set_mistake(None)
        if text != self.text:
            self._remember(text, weighed)
            self.text = text
            self.text_changed.emit(text)
        self._set_expression(expression)

    def set_text(self, text: str) -> None:
        """Replace everything by a text, shown as it is even if it is wrong."""
        if text != self.text:
            self._remember(text, None)
            self._read(text)
            self.text_changed.emit(text)

    def add(self, term: Term) -> None:
        """Add a term at the end."""
        self.set_expression(Expression((*self.terms, term)))

    def add_picture(self, path: Path | str, factor: float = 1.0) -> None:
        """Add a picture, or a step of a strip."""
        self.add(picture_term(str(path), factor))

    def add_words(self, words: str, factor: float = 1.0) -> None:
        """Add a term of words."""
        self.add(text_term(words, factor))

    def compare(self, after: Sequence[str], before: Sequence[str]) -> None:
        """Ask what differs between two sets of pictures."""
        self.set_expression(difference(after, before))

    def flip(self, place: int) -> None:
        """Change a term's sign."""
        self._replace(place, self.terms[place].flipped())

    def weigh(self, place: int, steps: int) -> None:
        """Change a term's weight by wheel steps."""
        term = self.terms[place]
        weighed = term.weighted(term.weight + WHEEL_STEP * steps)
        self._replace(place, weighed, weighed=place)

    def set_weight(self, place: int, weight: float) -> None:
        """Set a term's weight."""
        self._replace(place, self.terms[place].weighted(weight))

    def remove(self, place: int) -> None:
        """Take a term out."""
        terms = self.terms
        self.set_expression(Expression(terms[:place] + terms[place + 1 :]))

    def _remember(self, text: str, doing: object) -> None:
        """Keep the present state, unless the change belongs to the one before.

        Typing goes back a word at a time, the wheel over a chip as a whole, all else change by
        change. text: what follows the present state.
        """
        is_same = doing is not None and doing == self._doing
        if doing == "typing":
            is_same &= abs(len(text) - len(self.text)) == 1 and not text.endswith(" ")
        if not is_same:
            self._past = [*self._past, self.text][-PAST_MAX:]
        self._future.clear()
        self._doing = doing

    def _go(self, source: list[str], other: list[str]) -> None:
        if source:
            other.append(self.text)
            self._doing = None
            text = source.pop()
            self._read(text)
            self.text_changed.emit(text)

    def _read(self, text: str) -> None:
        self.text = text
        try:
            expression, mistake = parse(text), None
        except ExpressionError as error:
            expression, mistake = self.expression, error
        self._set_mistake(mistake)
        self._set_expression(expression)

    def _replace(self, place: int, term: Term, *, weighed: int | None = None) -> None:
        expression = Expression((*self.terms[:place], term, *self.terms[place + 1 :]))
        self.set_expression(expression, weighed=weighed)

    def _set_mistake(self, mistake: ExpressionError | None) -> None:
        if mistake is not self.mistake:
            self.mistake = mistake
            self.mistake_changed.emit()

    def _set_expression(self, expression: Expression) -> None:
        if expression != self.expression:
            self.expression = expression
            self.terms_changed.emit()

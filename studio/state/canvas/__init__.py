"""The document being painted: layers, mask, undo. QtCore and QtGui only, no widgets."""

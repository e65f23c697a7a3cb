"""Observable state between the widgets and the rooms below. QtCore and QtGui only."""

"""The tools of the canvas: each gets the pointer in picture pixels and edits the document."""

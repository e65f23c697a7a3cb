"""The widgets of the filmstrip: the strip itself, fork, tree, compare, map, export."""

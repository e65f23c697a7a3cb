"""The canvas: the one picture view of the program, its tools and panels."""

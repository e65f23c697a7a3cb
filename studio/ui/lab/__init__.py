"""The laboratory's widgets: the plane, its controls, the tours."""

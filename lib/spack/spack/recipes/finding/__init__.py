"""Repositories of recipes: which packages there are, and how their modules are imported.

Only ``repositories.py`` and what it imports late run recipe code; names and records are had
without. Nothing here knows a configuration or a solver.

Begin reading with ``repositories.py``.
"""

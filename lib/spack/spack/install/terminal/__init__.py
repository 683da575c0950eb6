"""An installation on a terminal: lines that stay, and rows that are drawn anew while it runs.

Knows events alone, no plan, store or process. Begin with ``view.py``; ``rows.py`` and ``keys.py``
are pure.
"""

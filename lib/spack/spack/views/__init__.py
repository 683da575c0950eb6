"""Views: installed packages merged into one tree of links, copies or hard links.

Must not know environments, which only say what their views are. Begin with ``generation.py``, the
procedure; ``merging.py`` decides who wins a path.
"""

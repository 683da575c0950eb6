"""Questions that read only: what is installed, what recipes say, graphs.

Must not concretize or change anything. Begin with ``queries.py``: what is installed.
"""

"""Explaining why an answer of the solver is as it is, and why it is not another.

Must not change anything. Begin with ``decisions.py``.
"""

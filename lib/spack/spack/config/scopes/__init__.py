"""The sources of configuration: files and what they include, checked and brought up to date.

Must not know what the keys are used for. Begin with ``scopes.py`` and ``reading.py``.
"""

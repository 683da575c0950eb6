"""Spack for Python scripts: an interface of ours, and the names that scripts for Spack use.

Must not print, except where a script asks for it, and knows no command. Begin with
``interface.py``, which is what new scripts should import; ``names.py`` is the table of the others.
"""

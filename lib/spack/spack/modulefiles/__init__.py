"""Module files of installed packages, for Environment Modules (tcl) and Lmod (lua).

A file is a pure function of a spec, of the settings of its set, and of the changes of variables
that the package asks for; who knows the recipes brings these. Must not know environments. Begin
with ``generation.py`` (all files of a set), then ``rules.py``, ``layout.py`` and ``content.py``
(one file).
"""

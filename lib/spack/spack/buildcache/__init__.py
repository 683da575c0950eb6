"""Binary caches: built packages that are pushed, found, checked and installed elsewhere.

Begin reading in ``layout.py``, which says what is where in a cache; ``pushing.py`` fills one,
``pulling.py`` installs from it, ``index.py`` tells what it has. Must not know how many packages are
installed in which order, nor the solver. Nothing that a cache sends is trusted before it is
checked.
"""

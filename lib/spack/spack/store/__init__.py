"""The store: where packages are installed, and the database of what is there.

Must not know recipes or the solver, and decides nothing about what to install. Begin with
``store.py``, which the layers above hold; then ``database.py`` for questions, ``changes.py`` for
what alters it and ``index_files.py`` for the files. The manual's page on the store has the terms.
"""

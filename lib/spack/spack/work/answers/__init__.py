"""The answers of the solver, and the concrete specs that the words of a command mean.

Must not install, nor know manifests. Begin with ``questions.py``: a question is one value;
``finished_solves.py`` answers it, ``concretization.py`` where nothing finished counts.
"""

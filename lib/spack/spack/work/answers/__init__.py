"""What the solver answers, and which concrete specs the words of a command mean.

Must not install, nor know manifests. Begin with ``questions.py``: a question is one value;
``finished_solves.py`` answers it, ``concretization.py`` where nothing finished counts.
"""

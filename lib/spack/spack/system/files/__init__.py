"""Files: writing them whole, locks, trees, archives, YAML that remembers where it was written.

Must not know what is in the files. Begin with ``writing.py``, then ``kept.py`` for what can be
worked out again.
"""

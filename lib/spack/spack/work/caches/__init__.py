"""Binary caches for commands: which are configured, what is pushed, listed, checked and removed.

Begin reading in ``opened.py``. Must not know how specs are solved.
"""

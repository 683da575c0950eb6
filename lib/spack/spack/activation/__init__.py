"""Shell code that makes packages and environments usable in the shell of a user.

Must not change anything itself: it writes text that shells evaluate. Begin with ``actions.py``
(what can be done to a variable), then ``shell_code.py`` and ``loading.py``.
"""

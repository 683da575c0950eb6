"""The work of commands, without how they are called and how results look.

One room a use: ``queries`` read recipes and the store, ``machine`` changes settings and finds
software, ``answers`` asks the solver, ``projects`` is environments, ``members``
the environments of one manifest, ``installing`` builds, tests
and removes, ``explaining`` gives reasons, ``authoring`` is for writers of recipes. Each imports
only those before it. Must not know arguments or output of a command.

A function takes what it reads (settings, repositories, the store, an environment), or ``parts``
that have it (``session/parts.py``); none takes a session. Begin with ``queries/queries.py`` and
``answers/questions.py``.
"""

"""The parts of the body of a recipe's class: directives, conditions, variants, phase callbacks.

A directive checks its arguments, is queued, and fills the class when it is complete. Nothing here
knows a package object, a builder or a repository.

Begin reading with ``directive_scope.py``; ``relation_directives.py``, ``source_directives.py`` and
``variant_directives.py`` are its users.
"""

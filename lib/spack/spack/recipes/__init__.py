"""Recipes: what packages declare, how they are built, and where their files are.

Rooms, lower ones first: ``records`` (what is declared, as plain values), ``declaring`` (the
directives that make them), ``hashing`` (which part of a recipe counts), ``urls`` (where versions
are), ``bound`` (the spec as recipe code sees it), ``builders`` (whose phases build), ``classes``
(what recipes derive from and call), ``finding`` (repositories). Recipes themselves see the facade
``spack/package.py`` only. Nothing here knows a store, a solver or a session.

Begin reading with ``declaring/directive_scope.py``, then ``classes/package_class.py``.
"""

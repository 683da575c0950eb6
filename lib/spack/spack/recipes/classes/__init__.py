"""The classes that recipes derive from, and the objects that their methods see.

A package object has a spec (``bound_spec.py``) and a builder (``builders.py``,
``builder_choice.py``, ``adapters.py``); detection and stand-alone tests are methods of the same
classes. Nothing here knows a repository, a store, or how a build is started.

Begin reading with ``package_class.py`` and ``bound_spec.py``.
"""

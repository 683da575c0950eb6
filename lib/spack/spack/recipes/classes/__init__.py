"""The classes that recipes derive from, and what their methods call.

A package object has a spec (``recipes/bound``) and a builder (``recipes/builders``); detection and
stand-alone tests are methods of the same classes. Nothing here knows a repository, a store, or how
a build is started.

Begin reading with ``package_class.py``.
"""

"""Layered configuration: scopes of YAML files, merged into sections and typed settings.

Must not know recipes, the store or any command. Begin with ``loading.py``, which makes a
:class:`~spack.config.configuration.Configuration` from the scopes of an instance;
``settings/settings.py`` is the typed view of it.
"""

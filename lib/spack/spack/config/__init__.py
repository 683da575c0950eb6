"""Layered configuration: scopes of YAML files, merged into sections and typed settings.

Entry points: :func:`spack.config.loading.load` makes a configuration from the scopes of an
instance; :class:`spack.config.settings.settings.Settings` is the typed view of it.
"""

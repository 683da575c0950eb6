"""This machine and its configuration: compilers, externals, settings, caches, health.

Must not solve or install. Begin with ``externals.py``, which finds software, and
``settings_edits.py``, which writes what is added to the configuration.
"""

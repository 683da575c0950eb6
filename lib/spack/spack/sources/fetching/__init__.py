"""Getting one source: downloads, version control, checksums, links on web pages.

Must not know packages or where stages are. Begin with ``fetchers.py``, which says what can be
fetched; ``network.py`` is the only one that opens connections.
"""

"""The composition root: one :class:`~spack.session.session.Session` a call builds settings,
recipe repositories, the store and the active environment, each once and only when asked for.

Must not know any command, nor what is done with the parts. Begin with ``session.py``; ``places.py``
builds its parts, ``options.py`` is what the command line gives it, ``parts.py`` has the interfaces
by which the functions of ``work`` ask for parts.
"""

"""The vocabulary that rules are written in: a table of atoms for each subject.

Decides nothing: what must hold and what it costs is said by ``rules``. Begin with
:class:`spack.solve.encoding.encoding.Encoding`; each of its words is defined in a table.
"""

"""Ground answer-set programs, the ordered criteria, and clingo, which finds their optimum.

Knows no packages beyond the keys of nodes. Begin with :class:`spack.solve.asp.program.Program`,
then :func:`spack.solve.asp.control.optimum`.
"""

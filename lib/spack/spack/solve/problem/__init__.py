"""The request for a solve, the world it is made in, and what is worked out before the solve.

Makes no atoms and no rules. Begin with :mod:`spack.solve.problem.request`, then ``candidates``
(versions, variants, weights) and ``guess`` (which packages are encoded first).
"""

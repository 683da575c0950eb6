"""What a solve is asked, the world it is asked in, and what is worked out before it.

Makes no atoms and no rules. Begin with :mod:`spack.solve.problem.request`, then ``candidates``
(versions, variants, weights) and ``guess`` (which packages are encoded first).
"""

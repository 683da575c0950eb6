"""Rules for what must hold in an answer and what it costs, a family of rules a module.

Each module shows its rules in the notation of clingo: capital letters and the names of things that
a rule is written for once each stand for constants, since no grounder runs. ``own(D, Spec)`` is all
that a spec says of a node itself, ``able`` what may be chosen, ``:~ body. [w@c]`` a cost of w in
criterion c. Knows neither the search nor how answers are read. Begin with ``packages``;
:func:`spack.solve.solver.encode` has the order in which they are written.
"""

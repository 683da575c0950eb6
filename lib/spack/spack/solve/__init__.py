"""The concretizer: a request and a world in, the best concrete graph out.

Knows no store, no configuration file and no command; what there is to reuse is an input. Begin with
:func:`spack.solve.solver.search`, then the manual's pages on the concretizer and its glossary.

``problem`` (what is asked, and of what) < ``asp`` (programs without meaning, clingo) < ``encoding``
(the vocabulary) < ``rules`` (what must hold and what it costs) < ``explaining`` (why there is no
answer); ``decode`` makes specs of an answer, ``inquiry`` asks what else could have been.
"""

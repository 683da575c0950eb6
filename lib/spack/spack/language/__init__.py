"""The language of specs: versions, variants, abstract and concrete specs, their texts and files.

Pure values: no disk, no recipe, no store, no host. Begin with ``specs.py`` (what users ask for) and
``concrete_specs.py`` (what was decided); ``parser.py`` reads the former, ``constraints.py`` says
what implies what.
"""

"""The origins of sources: mirrors, stages, patches, resources, clones.

Must not know builds. Begin with ``package_sources.py`` (what a recipe declares becomes a stage) and
``stage.py`` (one directory with one source).
"""

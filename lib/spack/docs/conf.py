"""Sphinx configuration of the manual."""

project = "Spack"
author = "The developers"
extensions = []
source_suffix = ".rst"
master_doc = "index"
exclude_patterns = ["_build"]
html_theme = "alabaster"

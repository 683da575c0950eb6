"""Pictures of dependency graphs: text, dot, SVG and a page for browsers."""

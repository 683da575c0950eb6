"""The compiler wrapper: the script ``cc`` and what puts it into a prefix (``placing``)."""

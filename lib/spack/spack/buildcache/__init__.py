"""Binary caches: built packages that are pushed, found and installed elsewhere. Nothing is here
yet.
"""

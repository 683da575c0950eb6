"""Ways to the bytes of a binary cache: a directory, web servers, S3 buckets, OCI registries.

A cache is a tree of files by relative path; what is in them is unknown here, and nothing that
arrives is trusted. Begin reading in ``port.py``.
"""

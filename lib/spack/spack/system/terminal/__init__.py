"""Output for users: one reporter for results and remarks, and the messages that recipes print.

Must not decide what is worth saying. Begin with ``output.py``.
"""

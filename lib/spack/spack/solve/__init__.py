"""From abstract requests to a concrete graph: the optimum of an ordered list of criteria.

Nothing in here touches a disk or knows a store; specs that may be reused are an input.
"""

"""A participant without a browser: connects to a server as any device does, keeps its clock, fetches and plays in step.

A process of its own (`hathor listen`), never loaded by the server; so it is the one package of `hathor_rt` that may
touch samples.
"""

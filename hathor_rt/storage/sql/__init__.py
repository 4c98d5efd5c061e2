"""Storage in SQLite or PostgreSQL: SQLAlchemy Core over synchronous drivers in worker threads.

Reads run side by side, writes are gathered and committed together. The same statements serve both databases; what
differs stands in `engines.py` (how to connect), `upserts.py` (how to insert or update) and `finding.py` (full text).
"""

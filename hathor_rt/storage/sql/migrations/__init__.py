"""Migrations of the tables, run by `hathor_rt.storage.sql.schema`."""

"""Revisions of the schema, and how alembic runs them."""

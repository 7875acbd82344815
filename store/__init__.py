"""Everything at rest: tables, queries, migrations. The only room that knows SQLAlchemy."""

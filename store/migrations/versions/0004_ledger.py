"""The ledger and the keys of people.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_ATTEMPT = sa.text("attempt_id IS NOT NULL")
_SQLITE = (
    (
        "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger"
        " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    ),
    (
        "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger"
        " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    ),
    (
        "CREATE TRIGGER ledger_next_only BEFORE INSERT ON ledger"
        " WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM ledger)"
        " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: this is not the next entry'); END"
    ),
)
_POSTGRESQL = (
    (
        "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    ),
    (
        "CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger"
        " FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()"
    ),
    (
        "CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
    ),
)


def upgrade() -> None:
    """Make both, and see to it that a fault of ours, or a hand at the database's shell, changes no entry.

    Replacing a row goes past SQLite's trigger for deleting: a third one lets nothing in but the next entry.
    """
    op.create_table(
        "ledger",
        sa.Column("n", _ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("attempt_id", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_ledger")),
    )
    op.create_index(
        "ix_ledger_attempt_id",
        "ledger",
        ["attempt_id"],
        sqlite_where=_OF_ATTEMPT,
        postgresql_where=_OF_ATTEMPT,
    )
    op.create_table(
        "person_keys",
        sa.Column("customer_id", _ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_person_keys_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_person_keys")),
    )
    for trigger in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(trigger)

"""The customer file, lists of leads, do-not-call lists.

Column types are written out here rather than imported: a revision must go on meaning what it meant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("packs", sa.JSON(), nullable=False, server_default="[]"))
    _customer_file()
    _owners()
    _lists()
    _suppression()
    op.create_index("ix_attempts_number", "attempts", ["number", "committed_at"])


def _customer_file() -> None:
    for name, kind in (
        ("own_zone", sa.Text()),
        ("country", sa.String(2)),
        ("region", sa.String(8)),
        ("owner", sa.Text()),
    ):
        op.add_column("customers", sa.Column(name, kind, nullable=False, server_default=""))
    op.add_column("customers", sa.Column("erased_at", _MOMENT))
    op.create_index("ix_customers_owner", "customers", ["owner", "id"])
    # Until now a single zone may have come from the file or from the number; the stricter reading is that
    # the file said so, and the next upload of the list corrects it.
    op.add_column("numbers", sa.Column("kind", sa.String(16), nullable=False, server_default="other"))
    op.create_table(
        "consents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("said_at", _MOMENT),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consents_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_number", "consents", ["customer_id", "number", "id"])
    op.create_table(
        "contact_notes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT),
        sa.Column("kept_at", _MOMENT),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contact_notes_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_notes_customer_id", "contact_notes", ["customer_id"])


def _owners() -> None:
    op.create_table(
        "credits",
        sa.Column("id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("credited_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_credits_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credits")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_credits_customer_id", "credits", ["customer_id"])
    op.create_table(
        "agent_shares",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("ability", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_shares")),
    )
    op.create_table(
        "absences",
        sa.Column("id", _ID, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("substitute_id", sa.Text(), nullable=False),
        sa.Column("from_at", _MOMENT, nullable=False),
        sa.Column("until_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_absences_agent_id", "absences", ["agent_id"])


def _lists() -> None:
    """Every lead of before belongs to a list called "main"."""
    op.create_table(
        "lists",
        sa.Column("id", _ID, nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("deleted_at", _MOMENT),
        sa.Column("purge_after", _MOMENT),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_lists_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
        sa.UniqueConstraint("campaign_id", "name", name=op.f("uq_lists_campaign_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "column_mappings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_column_mappings")),
    )
    # Written out, since SQLite takes a foreign key only together with its new column.
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE leads ADD COLUMN list_id {number} CONSTRAINT fk_leads_list_id REFERENCES lists (id)"
    )
    op.add_column("leads", sa.Column("recycled_after", _ID, nullable=False, server_default="0"))
    op.add_column("leads", sa.Column("appointment_at", _MOMENT))
    op.execute(
        sa.text(
            "INSERT INTO lists (campaign_id, name, active, created_by, created_at) SELECT id, 'main', :yes,"
            " status_by, created_at FROM campaigns"
            " WHERE EXISTS (SELECT 1 FROM leads WHERE leads.campaign_id = campaigns.id)"
        ).bindparams(sa.bindparam("yes", True, sa.Boolean()))
    )
    op.execute(
        "UPDATE leads SET list_id = (SELECT id FROM lists WHERE lists.campaign_id = leads.campaign_id)"
    )
    op.create_index("ix_leads_list", "leads", ["list_id", "status", "id"])


def _suppression() -> None:
    """Whoever asked never to be called again stands on list 1 from now on."""
    op.create_table(
        "suppression_lists",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("purpose", sa.String(16)),
        sa.Column("campaign_id", _ID),
        sa.Column("whole_person", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_suppression_lists_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression_lists")),
        sa.UniqueConstraint("name", name=op.f("uq_suppression_lists_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suppressed_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suppressed_by", sa.Text(), nullable=False),
        sa.Column("suppressed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["suppression_lists.id"], name=op.f("fk_suppressed_numbers_list_id")
        ),
        sa.PrimaryKeyConstraint("number", "list_id", name=op.f("pk_suppressed_numbers")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_suppressed_numbers_list_id", "suppressed_numbers", ["list_id"])
    # A Unix epoch date: the list is older than anything in it.
    op.execute(
        sa.text(
            "INSERT INTO suppression_lists (name, kind, whole_person, created_by, created_at)"
            " VALUES ('opt-out', 'opt_out', :yes, 'service', '1970-01-01 00:00:00.000000')"
        ).bindparams(sa.bindparam("yes", True, sa.Boolean()))
    )
    op.execute(
        "INSERT INTO suppressed_numbers (number, list_id, reason, suppressed_by, suppressed_at)"
        " SELECT number, 1, reason, suppressed_by, suppressed_at FROM suppressions"
    )
    op.drop_table("suppressions")

"""Queues that agents serve, one-time links, careers, two-person requests, signed checkpoints of the audit chain."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0017"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_checkpoints", "post_changes")
TABLES = ("audit_checkpoints", "two_person_requests", "post_changes", "one_time_links", "served_queues")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("post", sa.String(length=24), server_default="", nullable=False, comment="what he is in the house"),
    )
    op.create_table(
        "served_queues",
        sa.Column("agent", sa.String(length=64), nullable=False, comment="user name"),
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("agent", "queue", name=op.f("pk_served_queues")),
    )
    op.create_table(
        "one_time_links",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("sha256", name=op.f("uq_one_time_links_sha256")),
    )
    op.create_index(op.f("ix_one_time_links_user_id"), "one_time_links", ["user_id"])
    op.create_table(
        "post_changes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="joined, promoted, moved, left or returned"),
        sa.Column("post_before", sa.String(length=24), nullable=False),
        sa.Column("post", sa.String(length=24), nullable=False),
        sa.Column("roles_before", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_post_changes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_changes")),
    )
    op.create_index("ix_post_changes_user_at", "post_changes", ["user_id", "at"])
    op.create_table(
        "two_person_requests",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False, comment="delete_recording or export_recording"),
        sa.Column("subject", sa.String(length=120), nullable=False, comment="kind:id, as recording:…"),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("asked_by_id", BIG, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by_id", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_two_person_requests_asked_by_id_users")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_two_person_requests_decided_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_two_person_requests")),
    )
    op.create_index("ix_two_person_requests_state", "two_person_requests", ["state", "id"])
    op.create_index("ix_two_person_requests_subject", "two_person_requests", ["subject", "kind"])
    op.create_table(
        "audit_checkpoints",
        sa.Column("id", BIG, autoincrement=False, nullable=False, comment="1, 2, 3 … without gaps"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", BIG, nullable=False, comment="the newest entry of the chain then"),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "previous",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the checkpoint before; zeros for the first",
        ),
        sa.Column(
            "key_id",
            sa.String(length=16),
            nullable=False,
            comment="which key signed: begin of the public key's SHA-256",
        ),
        sa.Column("signature", sa.String(length=128), nullable=False, comment="Ed25519, in hexadecimal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoints")),
    )
    for name, column in (("accused", "complained_about_id"), ("first_agent", "first_agent_id")):
        some = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_tickets_{name}", "tickets", [column], postgresql_where=some, sqlite_where=some)
    op.create_index("ix_audit_log_actor", "audit_log", ["actor", "id"])
    op.create_index("ix_audit_log_action", "audit_log", ["action", "id"])
    _guard()
    _fill_served_queues()


def _guard() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION huiyin_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION huiyin_append_only()"
            )
        return
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _fill_served_queues() -> None:
    """From the routing plan in force."""
    bind = op.get_bind()
    kept = bind.execute(sa.text("SELECT document FROM routing_versions ORDER BY version DESC LIMIT 1")).scalar()
    if kept is None:
        return
    plan = json.loads(kept) if isinstance(kept, str) else kept
    rows = {
        (member["agent"], queue["name"])
        for member in plan["members"]
        for queue in plan["queues"]
        if queue["business"] in member.get("skills", {})
    }
    served = sa.table("served_queues", sa.column("agent", sa.String), sa.column("queue", sa.String))
    if rows:
        op.bulk_insert(served, [{"agent": agent, "queue": queue} for agent, queue in sorted(rows)])


def downgrade() -> None:
    bind = op.get_bind()
    for table in APPEND_ONLY:
        if bind.dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        else:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
    op.drop_index("ix_audit_log_action", table_name="audit_log")
    op.drop_index("ix_audit_log_actor", table_name="audit_log")
    op.drop_index("ix_tickets_first_agent", table_name="tickets")
    op.drop_index("ix_tickets_accused", table_name="tickets")
    for table in TABLES:
        op.drop_table(table)
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("post")

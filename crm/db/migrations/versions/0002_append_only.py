"""Name the roles; refuse changes of the audit chain and of ticket events."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit_log", "ticket_events")
ROLES = (
    ("A1", "front-line agent"),
    ("A2", "second-line agent"),
    ("SM", "section manager, supervisor"),
    ("CM", "customer maintenance office, complaint handler"),
    ("DG", "deputy general manager"),
    ("GM", "general manager"),
    ("DH", "department handler"),
    ("QA", "quality staff"),
    ("TR", "trainer, knowledge"),
    ("WF", "scheduler"),
    ("CO", "consumer protection, compliance"),
    ("AU", "auditor"),
    ("AD", "system administrator"),
)


def upgrade() -> None:
    roles = sa.table("roles", sa.column("name", sa.String), sa.column("description", sa.String))
    op.bulk_insert(roles, [{"name": name, "description": title} for name, title in ROLES])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION huiyin_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION huiyin_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION huiyin_append_only()"
            )
        return
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute("DROP FUNCTION huiyin_append_only()")
    else:
        for table in TABLES:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
    op.execute("DELETE FROM user_roles")
    op.execute("DELETE FROM roles")

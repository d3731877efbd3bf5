"""What is told when a matter comes in: contacts, receipts, suggestions, links, groups, mails."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("contributions",)


def upgrade() -> None:
    op.create_table(
        "complaint_groups",
        sa.Column("id", BIG, nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False, comment="the words that its members share"),
        sa.Column("business_code", sa.String(length=40), nullable=True),
        sa.Column("reason_code", sa.String(length=40), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column(
            "people", sa.Integer(), nullable=False, comment="different people, those who came together counted each"
        ),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_groups")),
    )
    op.create_index("ix_complaint_groups_state", "complaint_groups", ["state", "last_at"], unique=False)
    op.create_table(
        "mail_folders",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uid_validity", sa.Integer(), nullable=False),
        sa.Column("last_uid", sa.Integer(), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mail_folders")),
    )
    op.create_table(
        "group_members",
        sa.Column("ticket_id", BIG, autoincrement=False, nullable=False),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column(
            "person",
            sa.String(length=64),
            nullable=False,
            comment="a key of who complains: the same person counts once",
        ),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["complaint_groups.id"], name=op.f("fk_group_members_group_id_complaint_groups")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_group_members_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_group_members")),
    )
    op.create_index(op.f("ix_group_members_group_id"), "group_members", ["group_id"], unique=False)
    op.create_table(
        "mails",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False, comment="SHA-256 of its Message-ID, or of all of it"),
        sa.Column("mailbox", sa.String(length=200), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("ticket_id", BIG, nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("store_key", sa.String(length=120), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_mails_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_mails_key")),
        sa.UniqueConstraint("store_key", name=op.f("uq_mails_store_key")),
    )
    op.create_index("ix_mails_state_received", "mails", ["state", "received_at"], unique=False)
    op.create_index(op.f("ix_mails_ticket_id"), "mails", ["ticket_id"], unique=False)
    op.create_table(
        "suggestions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("ticket_id", BIG, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False, comment="of the lexicon"),
        sa.Column("source", sa.String(length=12), nullable=False, comment="text or transcript"),
        sa.Column("guesses", sa.JSON(), nullable=False, comment="axis → label, share, words with their places"),
        sa.Column("signs", sa.JSON(), nullable=False, comment="sign → words"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False, comment="axis → label that the person chose"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_suggestions_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
    )
    op.create_index("ix_suggestions_open", "suggestions", ["state", "made_at"], unique=False)
    op.create_index("ix_suggestions_ticket_state", "suggestions", ["ticket_id", "state"], unique=False)
    op.create_table(
        "ticket_intakes",
        sa.Column("ticket_id", BIG, autoincrement=False, nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False, comment="oral or written"),
        sa.Column("reporter_name", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False, comment="of the site"),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.String(length=32), nullable=True),
        sa.Column("postal_address", sa.Text(), nullable=False),
        sa.Column("preferred", sa.String(length=8), nullable=False, comment="phone, sms, email or letter"),
        sa.Column(
            "on_behalf", sa.String(length=12), nullable=False, comment="self, agent, heir, guardian or organisation"
        ),
        sa.Column("representative", sa.Text(), nullable=False, comment="who speaks for the complainant, his contact"),
        sa.Column("people", sa.Integer(), nullable=False, comment="how many complain together"),
        sa.Column(
            "received_by_unit",
            sa.String(length=40),
            nullable=True,
            comment="code of another department that the customer turned to first",
        ),
        sa.Column("place", sa.String(length=100), nullable=False, comment="branch, site or app where it was taken in"),
        sa.Column("platform", sa.String(length=40), nullable=False, comment="weibo, wechat, a community's name, …"),
        sa.Column("handle", sa.Text(), nullable=False, comment="his name there"),
        sa.Column("handle_key", sa.String(length=32), nullable=True),
        sa.Column("external_url", sa.String(length=500), nullable=False),
        sa.Column(
            "progress_code", sa.String(length=12), nullable=False, comment="with the number it opens the progress page"
        ),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=True, comment="by when an answer was promised"),
        sa.Column("receipt", sa.String(length=10), nullable=False, comment="none, shown, told or queued"),
        sa.Column("receipt_channel", sa.String(length=8), nullable=False),
        sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "read_back_by", sa.String(length=64), nullable=False, comment="user name; customer: he wrote it himself"
        ),
        sa.Column("first_contact_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_contact_by_id", BIG, nullable=True),
        sa.Column("left_out", sa.JSON(), nullable=False, comment="files that were not taken: name and why"),
        sa.ForeignKeyConstraint(
            ["first_contact_by_id"], ["users.id"], name=op.f("fk_ticket_intakes_first_contact_by_id_users")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_intakes_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_intakes")),
    )
    op.create_index(
        "ix_ticket_intakes_contact", "ticket_intakes", ["first_contact_at", "first_contact_due_at"], unique=False
    )
    op.create_index(op.f("ix_ticket_intakes_email_key"), "ticket_intakes", ["email_key"], unique=False)
    op.create_index(op.f("ix_ticket_intakes_handle_key"), "ticket_intakes", ["handle_key"], unique=False)
    op.create_table(
        "ticket_links",
        sa.Column("id", BIG, nullable=False),
        sa.Column("ticket_id", BIG, nullable=False, comment="the newer one"),
        sa.Column("other_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="duplicate or repeat"),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("whys", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["tickets.id"], name=op.f("fk_ticket_links_other_id_tickets")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_links_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_links")),
        sa.UniqueConstraint("ticket_id", "other_id", name=op.f("uq_ticket_links_ticket_id")),
    )
    op.create_index(op.f("ix_ticket_links_other_id"), "ticket_links", ["other_id"], unique=False)
    op.create_table(
        "contributions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("ticket_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column(
            "author", sa.String(length=64), nullable=False, comment="customer, or the user name of who typed it in"
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("mail_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_contributions_mail_id_mails")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_contributions_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributions")),
    )
    op.create_index(op.f("ix_contributions_ticket_id"), "contributions", ["ticket_id"], unique=False)
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


def downgrade() -> None:
    op.drop_index(op.f("ix_contributions_ticket_id"), table_name="contributions")
    op.drop_table("contributions")
    op.drop_index(op.f("ix_ticket_links_other_id"), table_name="ticket_links")
    op.drop_table("ticket_links")
    op.drop_index(op.f("ix_ticket_intakes_handle_key"), table_name="ticket_intakes")
    op.drop_index(op.f("ix_ticket_intakes_email_key"), table_name="ticket_intakes")
    op.drop_index("ix_ticket_intakes_contact", table_name="ticket_intakes")
    op.drop_table("ticket_intakes")
    op.drop_index("ix_suggestions_ticket_state", table_name="suggestions")
    op.drop_index("ix_suggestions_open", table_name="suggestions")
    op.drop_table("suggestions")
    op.drop_index(op.f("ix_mails_ticket_id"), table_name="mails")
    op.drop_index("ix_mails_state_received", table_name="mails")
    op.drop_table("mails")
    op.drop_index(op.f("ix_group_members_group_id"), table_name="group_members")
    op.drop_table("group_members")
    op.drop_table("mail_folders")
    op.drop_index("ix_complaint_groups_state", table_name="complaint_groups")
    op.drop_table("complaint_groups")

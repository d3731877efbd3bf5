"""Messages, replies, the acceptance form, return visits, archives and deletions."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0012"
branch_labels = None
depends_on = None

APPEND_ONLY = ("message_attempts", "contact_tries", "form_signatures")
TABLES = (
    "reply_messages",
    "message_attempts",
    "form_signatures",
    "deletion_items",
    "replies",
    "regulator_exports",
    "messages",
    "deletions",
    "contact_tries",
    "archives",
    "acceptance_forms",
    "visits",
    "questionnaires",
    "legal_holds",
    "documents",
    "letterheads",
)


def upgrade() -> None:
    op.create_table(
        "letterheads",
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_letterheads")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the file before encryption"),
        sa.Column("state", sa.String(length=12), server_default="stored", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("store_key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_documents_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("store_key", name=op.f("uq_documents_store_key")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index("ix_documents_ticket_kind", ["ticket_id", "kind", "made_at"], unique=False)

    op.create_table(
        "legal_holds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False, comment="of the court or the authority"),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_legal_holds_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    with op.batch_alter_table("legal_holds", schema=None) as batch_op:
        batch_op.create_index("ix_legal_holds_ticket_lifted", ["ticket_id", "lifted_at"], unique=False)

    op.create_table(
        "questionnaires",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the secret in the link"),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=True),
        sa.Column("disputes", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_questionnaires_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaires")),
        sa.UniqueConstraint("digest", name=op.f("uq_questionnaires_digest")),
    )
    with op.batch_alter_table("questionnaires", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questionnaires_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "visits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "unique_key",
            sa.String(length=120),
            nullable=False,
            comment="what it was planned for, so that it is planned once",
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visitor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=14), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column(
            "settled", sa.Boolean(), nullable=True, comment="whether the matter is truly settled, as the customer says"
        ),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_visits_customer_id_customers")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_visits_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["visitor_id"], ["users.id"], name=op.f("fk_visits_visitor_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_visits_unique_key")),
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visits_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_visits_state_due", ["state", "due_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visits_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index("ix_visits_visitor_state", ["visitor_id", "state", "due_at"], unique=False)

    op.create_table(
        "acceptance_forms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False, comment="FO-01 to FO-10, and FO-15 when it was written"),
        sa.Column(
            "sha256",
            sa.String(length=64),
            nullable=False,
            comment="of the fields that the first signature stands under",
        ),
        sa.Column("filled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_acceptance_forms_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["filed_by_id"], ["users.id"], name=op.f("fk_acceptance_forms_filed_by_id_users")),
        sa.ForeignKeyConstraint(["filled_by_id"], ["users.id"], name=op.f("fk_acceptance_forms_filled_by_id_users")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_acceptance_forms_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_forms")),
        sa.UniqueConstraint("ticket_id", "position", name=op.f("uq_acceptance_forms_ticket_id")),
    )
    op.create_table(
        "archives",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="1, 2, 3 … without gaps",
        ),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the bundle"),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("retain_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_archives_document_id_documents")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_archives_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archives")),
        sa.UniqueConstraint("hash", name=op.f("uq_archives_hash")),
        sa.UniqueConstraint("ticket_id", "round", name=op.f("uq_archives_ticket_id")),
    )
    with op.batch_alter_table("archives", schema=None) as batch_op:
        batch_op.create_index("ix_archives_retain", ["state", "retain_until"], unique=False)

    op.create_table(
        "contact_tries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False, comment="confirmation or visit"),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_contact_tries_by_id_users")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_contact_tries_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_contact_tries_visit_id_visits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_tries")),
    )
    with op.batch_alter_table("contact_tries", schema=None) as batch_op:
        batch_op.create_index("ix_contact_tries_ticket_purpose", ["ticket_id", "purpose", "round"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_tries_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "deletions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=64), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_deletions_document_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
    )
    with op.batch_alter_table("deletions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deletions_state"), ["state"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel", sa.String(length=8), nullable=False, comment="email, sms, phone, letter"),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="e-mail address, telephone number or postal address"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="as the customer reads or hears it"),
        sa.Column("document_ids", sa.JSON(), nullable=False, comment="letters that go with it"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "reference",
            sa.String(length=36),
            nullable=False,
            comment="a UUID: the mail's Message-ID, the provider's idempotency key",
        ),
        sa.Column("unique_key", sa.String(length=120), nullable=True, comment="a message that is sent once"),
        sa.Column("provider_id", sa.String(length=120), nullable=True, comment="the provider's own number of it"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "task_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="of what a person carries out",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False, comment="why it failed, or what it waits for"),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_messages_customer_id_customers")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_messages_task_id_tasks")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_messages_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_messages_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("reference", name=op.f("uq_messages_reference")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_messages_unique_key")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index("ix_messages_state_channel", ["state", "channel", "created_at"], unique=False)
        batch_op.create_index("ix_messages_ticket_created", ["ticket_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_user_id"), ["user_id"], unique=False)

    op.create_table(
        "regulator_exports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.String(length=200), nullable=False, comment="for whom"),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="queued, done, failed"),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_regulator_exports_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regulator_exports")),
    )
    op.create_table(
        "replies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="1, 2, … of its ticket"),
        sa.Column("round", sa.Integer(), nullable=False, comment="how often the ticket had been reopened by then"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("solution", sa.String(), nullable=False),
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("remedies", sa.JSON(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True, comment="when it reached the customer"),
        sa.Column("document_id", sa.String(length=36), nullable=True),
        sa.Column(
            "link_digest",
            sa.String(length=64),
            nullable=True,
            comment="SHA-256 of the secret in the customer's link to it",
        ),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), nullable=True, comment="when the customer first opened the link"
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_replies_document_id_documents")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_replies_sent_by_id_users")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_replies_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_replies_written_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_replies_link_digest")),
        sa.UniqueConstraint("ticket_id", "position", name=op.f("uq_replies_ticket_id")),
    )
    op.create_table(
        "deletion_items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deletion_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False, comment="ticket:42 or recording:…"),
        sa.Column("label", sa.String(length=80), nullable=False, comment="what people call it by"),
        sa.Column("rule", sa.String(length=40), nullable=False, comment="the rule by which its time is over"),
        sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deletion_id"], ["deletions.id"], name=op.f("fk_deletion_items_deletion_id_deletions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_items")),
    )
    with op.batch_alter_table("deletion_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deletion_items_deletion_id"), ["deletion_id"], unique=False)
        batch_op.create_index("ix_deletion_items_subject", ["subject"], unique=False)

    op.create_table(
        "form_signatures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.String(length=6), nullable=False, comment="FO-11 … FO-16"),
        sa.Column("signed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("in_place_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("post", sa.String(length=12), nullable=False, comment="the role in which it was given"),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["form_id"], ["acceptance_forms.id"], name=op.f("fk_form_signatures_form_id_acceptance_forms")
        ),
        sa.ForeignKeyConstraint(["in_place_of_id"], ["users.id"], name=op.f("fk_form_signatures_in_place_of_id_users")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["users.id"], name=op.f("fk_form_signatures_signed_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_signatures")),
        sa.UniqueConstraint("form_id", "place", name=op.f("uq_form_signatures_form_id")),
    )
    op.create_table(
        "message_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_attempts_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_attempts")),
    )
    with op.batch_alter_table("message_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_attempts_message_id"), ["message_id"], unique=False)

    op.create_table(
        "reply_messages",
        sa.Column("reply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("preferred", sa.String(length=8), nullable=True, comment="the customer's own channel at that time"),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_reply_messages_message_id_messages")),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_reply_messages_reply_id_replies")),
        sa.PrimaryKeyConstraint("reply_id", "message_id", name=op.f("pk_reply_messages")),
    )
    with op.batch_alter_table("reply_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_messages_message_id"), ["message_id"], unique=False)
    _guard()


def _guard() -> None:
    """Refuse changes of what is only ever added to."""
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
    for table in TABLES:
        op.drop_table(table)

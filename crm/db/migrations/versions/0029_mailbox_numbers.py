"""A mailbox counts in unsigned 32-bit numbers (RFC 9051, 2.3.1.1), which PostgreSQL's INTEGER holds only half of."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_NUMBERS = ("uid_validity", "last_uid")


def upgrade() -> None:
    _retype(sa.Integer(), sa.BigInteger())


def downgrade() -> None:
    _retype(sa.BigInteger(), sa.Integer())


def _retype(was: sa.Integer, becomes: sa.Integer) -> None:
    with op.batch_alter_table("mail_folders") as batch_op:
        for name in _NUMBERS:
            batch_op.alter_column(name, existing_type=was, type_=becomes, existing_nullable=False)

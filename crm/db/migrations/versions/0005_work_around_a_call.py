"""Work around a call: a callback's place in the queue; the dispositions and the first articles."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

from crm.domain.searchwords import words_of

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
WRITTEN = datetime(2026, 11, 22, tzinfo=UTC)

DISPOSITIONS = sa.table(
    "dispositions",
    sa.column("code", sa.String),
    sa.column("parent", sa.String),
    sa.column("title_zh", sa.String),
    sa.column("title_en", sa.String),
    sa.column("position", sa.Integer),
    sa.column("active", sa.Boolean),
)
ARTICLES = sa.table(
    "knowledge_articles",
    sa.column("slug", sa.String),
    sa.column("language", sa.String),
    sa.column("title", sa.String),
    sa.column("body", sa.String),
    sa.column("words", sa.String),
    sa.column("business", sa.String),
    sa.column("updated_at", sa.DateTime(timezone=True)),
    sa.column("used", sa.Integer),
)


def _read(name: str) -> dict[str, Any]:
    with (SEEDS / name).open("rb") as file:
        return tomllib.load(file)


def _disposition(code: str, parent: str | None, titles: list[str], position: int) -> dict[str, Any]:
    return {
        "code": code,
        "parent": parent,
        "title_zh": titles[0],
        "title_en": titles[1],
        "position": position,
        "active": True,
    }


def upgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "place_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="of a callback: when the caller first queued; it keeps his place",
            )
        )
        batch_op.create_index("ix_tasks_state_due", ["state", "due_at"], unique=False)
    branches, leaves = [], []
    for position, (branch, entries) in enumerate(_read("dispositions.toml").items()):
        branches.append(_disposition(branch, None, entries.pop("title"), position))
        leaves += [
            _disposition(f"{branch}.{code}", branch, titles, at) for at, (code, titles) in enumerate(entries.items())
        ]
    op.bulk_insert(DISPOSITIONS, branches)
    op.bulk_insert(DISPOSITIONS, leaves)
    op.bulk_insert(
        ARTICLES,
        [
            {
                "slug": article["slug"],
                "language": language,
                "title": article[language]["title"],
                "body": article[language]["body"].strip(),
                "words": f" {' '.join(words_of(article[language]['title'] + ' ' + article[language]['body']))} ",
                "business": article["business"],
                "updated_at": WRITTEN,
                "used": 0,
            }
            for article in _read("articles.toml")["article"]
            for language in ("zh", "en")
        ],
    )


def downgrade() -> None:
    op.execute("UPDATE wrap_ups SET disposition = NULL")
    op.execute("DELETE FROM knowledge_articles")
    op.execute("DELETE FROM dispositions WHERE parent IS NOT NULL")
    op.execute("DELETE FROM dispositions")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_tasks_state_due")
        batch_op.drop_column("place_at")

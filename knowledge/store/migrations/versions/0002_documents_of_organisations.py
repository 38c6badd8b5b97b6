"""Where an organisation's document came from, the page of a passage, a counter for each."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("source", sa.Text))
    op.add_column("documents", sa.Column("file_hash", sa.String(64)))
    op.add_column("documents", sa.Column("text_hash", sa.String(64)))
    op.create_index("ix_documents_source", "documents", ["organisation", "source"], unique=True)
    op.add_column("passages", sa.Column("page", sa.Integer))
    op.create_table(
        "document_revisions",
        sa.Column("organisation", sa.String(63), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
    )

"""Tables of the knowledge package."""

from pathlib import Path

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "knowledge_version"
HEAD = "0002"

metadata = MetaData()

documents = Table(
    "documents",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("organisation", String(63), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("encoder", String(64), nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("source", Text),
    Column("file_hash", String(64)),
    Column("text_hash", String(64)),
    Index("ix_documents_source", "organisation", "source", unique=True),
)
"""A card has no source and no hashes of its own."""

passages = Table(
    "passages",
    metadata,
    Column("id", String(250), primary_key=True),
    Column(
        "document_id",
        String(200),
        ForeignKey("documents.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("organisation", String(63), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("heading", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("pole", String(20), nullable=False),
    Column("subdomain", String(30), nullable=False),
    Column("position", Integer, nullable=False),
    Column("encoder", String(64), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("page", Integer),
    Index("ix_passages_organisation_kind", "organisation", "kind"),
)

state = Table(
    "knowledge_state",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)
"""`revision` counts the writes of cards, so that an index knows whether it is up to date."""

revisions = Table(
    "document_revisions",
    metadata,
    Column("organisation", String(63), primary_key=True),
    Column("revision", Integer, nullable=False),
)
"""Counts the writes of each organisation's documents."""

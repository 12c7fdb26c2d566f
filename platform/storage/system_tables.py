"""The platform's own tables in every company's schema.

In: the MetaData to add them to. Out: SystemTables. They are created and kept up with by the same `bring` as the rest.
"""

from __future__ import annotations

import sqlalchemy as sa

from .columns import FILE_ID_LENGTH, UtcDateTime, json_type, text_type

PREFIX = "sartor_"
ENTITY = 90  # characters of an entity's full name


class SystemTables:
    """Audit, files, sequences, external ids and releases of one company."""

    def __init__(self, metadata: sa.MetaData, schema: str | None) -> None:
        self.audit = sa.Table(
            "sartor_audit",
            metadata,
            _identity(),
            sa.Column("entity", text_type(ENTITY), nullable=False),
            sa.Column("record", sa.BigInteger, nullable=False),
            sa.Column("owner_entity", text_type(ENTITY)),  # of a line: whose history shows the row as well
            sa.Column("owner_record", sa.BigInteger),
            sa.Column("at", UtcDateTime, nullable=False),
            sa.Column("user_id", sa.BigInteger),
            sa.Column("username", text_type(100), nullable=False),
            sa.Column("channel", text_type(20), nullable=False),
            sa.Column("release", sa.BigInteger, nullable=False),
            sa.Column("action", text_type(60), nullable=False),
            sa.Column("before", json_type()),
            sa.Column("after", json_type()),
            schema=schema,
            sqlite_autoincrement=True,
        )
        sa.Index("ix_sartor_audit_record", self.audit.c.entity, self.audit.c.record, self.audit.c.id)
        sa.Index("ix_sartor_audit_owner", self.audit.c.owner_entity, self.audit.c.owner_record, self.audit.c.id)
        sa.Index("ix_sartor_audit_at", self.audit.c.at, self.audit.c.id)
        sa.Index("ix_sartor_audit_user", self.audit.c.user_id, self.audit.c.id)
        self.file = sa.Table(
            "sartor_file",
            metadata,
            sa.Column("id", text_type(FILE_ID_LENGTH), primary_key=True),
            sa.Column("name", text_type(255), nullable=False),
            sa.Column("mime", text_type(127), nullable=False),
            sa.Column("size", sa.BigInteger, nullable=False),
            sa.Column("digest", text_type(64), nullable=False),  # SHA-256 of the content
            sa.Column("created_at", UtcDateTime, nullable=False),
            sa.Column("created_by", sa.BigInteger),
            sa.Column("entity", text_type(ENTITY)),  # the record that holds it; none while it is only uploaded
            sa.Column("record", sa.BigInteger),
            sa.Column("field", text_type(40)),
            schema=schema,
        )
        sa.Index("ix_sartor_file_record", self.file.c.entity, self.file.c.record)
        sa.Index("ix_sartor_file_digest", self.file.c.digest)
        self.sequence = sa.Table(
            "sartor_sequence",
            metadata,
            sa.Column("entity", text_type(ENTITY), primary_key=True),
            sa.Column("field", text_type(40), primary_key=True),
            sa.Column("period", text_type(80), primary_key=True),
            sa.Column("last", sa.BigInteger, nullable=False),
            schema=schema,
        )
        self.external_id = sa.Table(
            "sartor_external_id",
            metadata,
            sa.Column("entity", text_type(ENTITY), primary_key=True),
            sa.Column("name", text_type(200), primary_key=True),
            sa.Column("record", sa.BigInteger, nullable=False),
            sa.Column("digest", text_type(64)),  # of what was loaded, to tell a change of the source from one by hand
            schema=schema,
        )
        sa.Index("ix_sartor_external_id_record", self.external_id.c.entity, self.external_id.c.record)
        self.release = sa.Table(
            "sartor_release",
            metadata,
            sa.Column("rev", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("digest", text_type(64), nullable=False),
            sa.Column("manifest", text_type(), nullable=False),
            sa.Column("author", text_type(100), nullable=False),
            sa.Column("message", text_type(), nullable=False),
            sa.Column("created_at", UtcDateTime, nullable=False),
            sa.Column("changes", json_type(), nullable=False),  # the sentences about what was done to the tables
            schema=schema,
        )
        self.pointer = sa.Table(
            "sartor_pointer",
            metadata,
            sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),  # one row, number 1
            sa.Column("rev", sa.BigInteger, nullable=False),
            schema=schema,
        )


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True)

"""Alembic runs inside the connection that `portal.store.open_store` hands it; there is no offline mode."""

from alembic import context

from portal.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()

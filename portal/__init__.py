"""The operational store: what citizens submit and what officers decide.

Owns submissions and cases, in SQLite by default or PostgreSQL by URL.
Must not know DuckDB or Streamlit.
"""

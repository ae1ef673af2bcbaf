"""The analytic store: DuckDB, its migrations, marts, the published snapshot and its readers.

Owns every table and every query. Must not know Prefect or Streamlit.
"""

"""The Streamlit side: navigation, views, charts. Reads the published snapshot only.

Must not know SQL or Prefect.
"""

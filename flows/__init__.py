"""What runs when: the stages, the Prefect flows round them, the settings, and the `lavwa` command.

Owns the arrangement and nothing else; see README.md in this folder. Must not know Streamlit.
"""

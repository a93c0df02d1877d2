"""The page that the audience watches: a Streamlit app on the demo's own commands and queries.

`app.py` is what Streamlit runs. What it shows is worked out in the other modules, which do not know Streamlit.
"""

"""The dashboard where an OpenID provider vouches for people. `lavwa dashboard` runs this instead of `app.py` then."""

import streamlit as st
from starlette.middleware import Middleware

from dashboards.coming_back import ComingBack
from flows.settings import load_settings

provider = load_settings().sign_in
is_https = provider is not None and provider.public_url.startswith("https:")
app = st.App("app.py", middleware=[Middleware(ComingBack, is_https=is_https)])

"""Making a case of what people say elsewhere: an officer takes a matter up from the page that shows it."""

import pandas as pd
import streamlit as st

from dashboards.data import read
from dashboards.office import office, refusals_said, who_is_signed_in
from flows.language import n, t
from portal.permissions import Act, may_for
from warehouse.readers import Snapshot


def offer(snapshot: Snapshot, issue: pd.Series) -> None:
    """For an officer of the matter's agency the button, for others a word on who can."""
    account = who_is_signed_in()
    if account is None or not may_for(account, Act.TAKE_UP, issue["mda"]):
        st.caption(
            t("Nobody submitted it formally. An officer of the agency can make it a case: sign in under My desk.")
        )
        return
    key = f"taken {snapshot.version} {issue['group_id']}"
    if reference := st.session_state.get(key):
        st.success(t("It is case {reference} now, on your desk.", reference=reference), icon=":material/check_circle:")
    elif st.button(t("Make it a case of ours"), type="primary", icon=":material/move_to_inbox:"):
        with refusals_said():
            posts = read(snapshot, "issue_posts", group_id=issue["group_id"])
            st.session_state[key] = office().take_up(account.account_id, issue.to_dict(), posts.to_dict("records"))
            st.rerun()
    else:
        st.caption(
            n(
                "{n} post and what repeats it from now on will be answered at once.",
                "{n} posts and what repeats them from now on will be answered at once.",
                int(issue["n_posts"]),
            )
        )

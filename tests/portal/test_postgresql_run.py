"""The pipeline with PostgreSQL as the operational store, by the commands that people use."""

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from command import lavwa
from postgres import Cluster

from portal.models import Case, CasePost, Submission
from portal.store import open_store


def test_the_sample_goes_all_the_way_on_postgresql_and_a_second_run_changes_nothing(
    postgresql: Cluster, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with postgresql.database() as name:
        url = postgresql.url(name)

        def told(*arguments: str) -> dict[str, Any]:
            done = lavwa(home, *arguments, "--json", LAVWA_PORTAL_URL=url)
            assert done.returncode == 0, done.stderr
            assert postgresql.password not in done.stdout + done.stderr
            answer: dict[str, Any] = json.loads(done.stdout)
            return answer

        for _ in range(2):
            assert lavwa(home, "sample", LAVWA_PORTAL_URL=url).returncode == 0
        run, before = told("run"), rows(url)
        status = told("status")
        assert run["cases_opened"] == status["cases"] == len(before["cases"]) > 150
        assert {report["source"]: report["n_new"] for report in run["sources"]}["portal"] == len(before["submissions"])
        assert {post.case_id for post in before["case_posts"]} == {case.case_id for case in before["cases"]}

        again = told("run")
        assert (again["cases_opened"], again["enriched"], again["is_published_anew"]) == (0, 0, False)
        assert told("status") == status
        assert rows(url) == before
    files = [path for path in home.rglob("*") if path.is_file()]
    assert [path for path in files if path.name.startswith("portal.")] == []
    assert [path for path in files if postgresql.password.encode() in path.read_bytes()] == []


def rows(url: str) -> dict[str, list[Any]]:
    store = open_store(url)
    with store.reading() as session:
        held = {
            model.__tablename__: list(session.execute(sa.select(*model.__table__.columns).order_by(sa.text("1"))).all())
            for model in (Submission, Case, CasePost)
        }
    store.close()
    return held

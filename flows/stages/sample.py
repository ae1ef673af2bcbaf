"""The bundled sample: invented posts go the way that real ones go."""

from flows.settings import Settings
from flows.settings_names import SAMPLE_SOURCE
from flows.stages.ingest import pull, utc_now
from ingest.file_source import FileSource
from ingest.records import parse_time
from models.deployment import load_deployment
from portal.store import open_store
from portal.submissions import submit


def load_sample(settings: Settings) -> tuple[int, int]:
    """Submit the portal's part to the portal's store and land the social part; loading again adds nothing.

    Returns how many portal submissions and social posts the sample has.
    """
    deployment = load_deployment(settings.deployment)
    submissions = deployment.sample("portal")
    store = open_store(settings.portal_url.get_secret_value())
    try:
        for record in submissions:
            created_at = parse_time(record["created_at"], settings.timezone)
            submit(
                store,
                reference=f"SAMPLE-{record['id']}",
                text=record["text"],
                author=record["author"],
                district=record["district"],
                created_at=created_at,
                received_at=utc_now(),
            )
    finally:
        store.close()
    social = FileSource(SAMPLE_SOURCE, str(deployment.folder / "sample" / "social.jsonl"), zone=settings.timezone)
    report = pull(social, settings.place, settings.memory_limit)
    return len(submissions), report.n_read

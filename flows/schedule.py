"""`python -m flows.schedule`: serve the pipeline at its interval to the Prefect server of PREFECT_API_URL."""

from datetime import timedelta

from flows.pipeline import pipeline
from flows.settings import load_settings


def main() -> None:
    minutes = load_settings().schedule_minutes
    pipeline.serve(
        name="every-few-minutes",
        interval=timedelta(minutes=minutes),
        limit=1,
        print_starting_message=False,
    )


if __name__ == "__main__":
    main()

"""Take indicators and values from a folder into the warehouse."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.settings import Settings
from flows.stages.ingest import utc_now
from ingest.kpi_files import Refused, Value, read_kpi_files
from models.deployment import load_deployment
from warehouse.database import open_warehouse
from warehouse.kpis import Stored, known_values, store_kpis


@dataclass(frozen=True, slots=True)
class Taken:
    indicators: Stored
    values: Stored
    refused: Sequence[Refused]

    @property
    def n_indicators(self) -> int:
        return self.indicators.n

    @property
    def n_taken(self) -> int:
        return self.indicators.n + self.values.n

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def take_kpis(settings: Settings, folder: Path, clock: Callable[[], datetime] = utc_now) -> Taken:
    """All rows that can be taken, in one go; whoever calls holds the home.

    Raises `IngestError` for an unreadable file, `WarehouseError`.
    """
    deployment = load_deployment(settings.deployment)
    with open_warehouse(settings.place.warehouse, memory_limit=settings.memory_limit) as connection:
        known = {
            indicator_id: [Value.model_validate(row) for row in rows]
            for indicator_id, rows in known_values(connection).items()
        }
        files = read_kpi_files(folder, deployment.agencies, deployment.districts, known)
        now = clock()
        indicators = store_kpis(connection, "kpi_indicators", [row.model_dump() for row in files.indicators], now)
        values = store_kpis(connection, "kpi_values", [row.model_dump() for row in files.values], now)
    return Taken(indicators, values, files.refused)

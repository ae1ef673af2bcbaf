"""Rows of indicators and their values as the warehouse takes them; all figures are invented."""

from datetime import date
from typing import Any


def indicator(indicator_id: str = "PUC-01", **fields: Any) -> dict[str, Any]:
    """A share that rises from 80 at the end of 2024."""
    return {
        "indicator_id": indicator_id, "mda": "PUC", "programme": "", "result_level": "outcome",
        "title_en": "Homes with water", "title_fr": "", "title_crs": "", "definition": "Homes without a cut, of all",
        "unit": "%", "measure": "percentage", "is_ascending": True, "source": "", "frequency": "yearly",
        "owner": "Water Division", "baseline_year": 2024, "baseline_value": 80.0, "criteria_for_change": "",
        "valid_from": date(2025, 1, 1), **fields,
    }  # fmt: skip


def value(year: int = 2025, indicator_id: str = "PUC-01", **fields: Any) -> dict[str, Any]:
    """A whole year, national, with neither target nor actual."""
    return {
        "indicator_id": indicator_id, "period_start": date(year, 1, 1), "period_end": date(year, 12, 31),
        "location": "_T", "target": None, "actual": None, "numerator": None, "denominator": None, "status": "final",
        "deviation_reason": "", "source_ref": "Report", **fields,
    }  # fmt: skip

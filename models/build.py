"""`python -m models.build`: make what must be made once, the converted encoder and the bundled deployment's model."""

import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from models.deployment import load_deployment
from models.encoder import BUILT, build_encoder
from models.registry import ensure_built


def main() -> None:
    def tell(message: str) -> None:
        print(message, file=sys.stderr)  # noqa: T201

    if not (BUILT / "encoder.xml").exists():
        tell("converting the sentence encoder (once, some seconds)")
        build_encoder(BUILT)
    ensure_built(load_deployment("seychelles"), tell=tell)


if __name__ == "__main__":
    main()

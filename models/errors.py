"""What can go wrong with models and deployments.

ModelError
├── DeploymentError            a deployment's data is missing or contradicts itself
├── ModelMissingError          no model at this place
├── ModelDamagedError          files that are no model, or of another version
└── EncoderMissingError        the sentence encoder cannot be loaded
"""


class ModelError(Exception):
    """Base of every failure in this package; its text is one sentence for a person."""


class DeploymentError(ModelError):
    pass


class ModelMissingError(ModelError):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(f"there is no model in {folder}; make one with `lavwa train EXAMPLES.jsonl --out {folder}`")


class ModelDamagedError(ModelError):
    def __init__(self, folder: str, why: str) -> None:
        self.folder = folder
        super().__init__(f"the model in {folder} cannot be used ({why}); train it again")


class EncoderMissingError(ModelError):
    pass

"""What can go wrong with models and deployments.

ModelError
├── DeploymentError            a deployment's data is missing or contradicts itself
├── ModelMissingError          no model at this place
├── ModelDamagedError          files that are no model, or of another version
├── EncoderMissingError        the sentence encoder cannot be loaded
├── CandidateRefusedError      a model cannot or may not take the place of the one in use
│   └── ModelChangedError      it changed while it was looked at
├── PromotedModelError         the promoted model that is in use cannot be used
├── NoModelBeforeError         there is nothing to go back to
├── RegistryChangedError       another model was promoted meanwhile
└── RegistryDamagedError       the file that says which model is in use cannot be read
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
        self.folder, self.why = folder, why
        super().__init__(f"the model in {folder} cannot be used ({why}); train it again")


class EncoderMissingError(ModelError):
    pass


class CandidateRefusedError(ModelError):
    def __init__(self, folder: str, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"the model in {folder} is not promoted: {why}")


class ModelChangedError(CandidateRefusedError):
    def __init__(self, folder: str) -> None:
        super().__init__(folder, "its files changed while it was looked at; promote it again")


class PromotedModelError(ModelError):
    def __init__(self, name: str, folder: str, why: str) -> None:
        self.name, self.folder = name, folder
        super().__init__(
            f"the promoted model {name} in {folder} is in use and cannot be used ({why}): put your copy of it back, or "
            "go back to the model before it with `lavwa models rollback`"
        )


class NoModelBeforeError(ModelError):
    def __init__(self) -> None:
        super().__init__("the deployment's own model is in use: there is none before it to go back to")


class RegistryChangedError(ModelError):
    def __init__(self) -> None:
        super().__init__("somebody else changed the model in use meanwhile; look at `lavwa models list` and try again")


class RegistryDamagedError(ModelError):
    def __init__(self, path: str, why: str) -> None:
        self.path = path
        super().__init__(
            f"{path}, which says which model is in use, cannot be read ({why}): put your copy of it back, or delete it "
            "to go on with the deployment's own model"
        )

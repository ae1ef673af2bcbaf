"""Machine-learning models: the encoder, training, evaluation, storage, and what a deployment teaches.

`models/seychelles/` is the deployment of this country, all of it data. `models/built/` is made by `make setup`.
Must not know flows or views.
"""

"""The `lavwa` command: options in, results to standard output, one clear line to standard error.

Nothing heavy is imported before a command needs it, so that `lavwa --help` answers at once.
"""

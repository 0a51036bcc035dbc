"""The version of Restante: written here, and compared by a test with CHANGELOG.md and pyproject.toml."""

VERSION = "0.1.0"

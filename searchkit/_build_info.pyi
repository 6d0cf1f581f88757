"""How the compiled modules were built."""

MODE: str

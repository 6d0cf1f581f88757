"""``python -m searchkit_cli`` is ``searchkit``."""

from __future__ import annotations

from .main import main

if __name__ == "__main__":
    main()

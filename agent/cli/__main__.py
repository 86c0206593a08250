"""python -m anomaly_agent.agent.cli: the command line for launchers that take a module."""

from __future__ import annotations

from .main import main

raise SystemExit(main())

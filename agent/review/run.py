from pathlib import Path


def run_review(folder: Path, port: int, browser: bool) -> None: ...

"""anomaly-agent demo: normal pictures that the demo renders, defects on each, one report."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import NothingPassedError
from ..dataset.layout import not_writable
from ..dataset.names import folder_name
from ..dataset.report import Report
from ..imaging.io import write_png
from ..products.catalogue import EXAMPLE_PRODUCTS, render_normal
from .synthesize import one_item_plan, run_synthesis

_NORMALS_A_PRODUCT = 4


def run_demo(output: Path, seed: int, count: int, size: int = 256) -> None:
    """Renders normals into output/normal_images, synthesizes `count` samples a defect, writes output/report.html.

    Raises InputError where output cannot be written, and, when all is done, NothingPassedError for defects without a sample that
    passed.
    """
    report, failed = Report("AnomalyAgent demo"), list[str]()
    try:
        for name, product in EXAMPLE_PRODUCTS.items():
            folder = output / "normal_images" / folder_name(product.item, "item")
            folder.mkdir(parents=True, exist_ok=True)
            for index in range(_NORMALS_A_PRODUCT):
                write_png(folder / f"{index:03d}.png", render_normal(name, 1000 * seed + index, size))
            print(f"{product.item} ({product.category}): {', '.join(product.anomalies)}")
            plan = one_item_plan(folder, product.item, product.anomalies, output, count=count, seed=seed)
            try:
                run_synthesis(plan, report=report)
            except NothingPassedError as error:
                failed += error.lines
        report.write(output / "report.html")
    except OSError as error:
        raise not_writable(output, error) from error
    print(f"Open {output / 'report.html'} in a browser.")
    if failed:
        raise NothingPassedError(*failed)

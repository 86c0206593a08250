"""Small plans: two items at 64 px, a few samples each."""

import pytest

from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.products.catalogue import render_normal

PLAN = """\
output: {output}
seed: 3
attempts: 2
models: {{policy: scripted}}  # quick: what is tested here is the same whoever decides
items:
  hex nut:
    images: photos/hex_nut
    types:
      scratch: {first}
      oil stain: {{count: 2, size: [0.1, 0.2], severity: 0.8}}
  concrete:
    images: photos/concrete/*.png
    count: 4
    region: region.png
    types: {{crack: 75%, dent: 25%}}
"""


@pytest.fixture(scope="session")
def normals(tmp_path_factory):
    """A folder with photos/ITEM/*.png and region.png."""
    folder = tmp_path_factory.mktemp("normals")
    for item in ("hex_nut", "concrete"):
        (folder / "photos" / item).mkdir(parents=True)
        for seed in range(3):
            write_png(folder / "photos" / item / f"{seed}.png", render_normal(item, seed, 64))
    region = render_normal("concrete", 0, 64) * 0
    region[8:56, 8:56] = 255
    write_png(folder / "region.png", region)
    return folder


@pytest.fixture
def plan_file(normals, tmp_path):
    """Writes a plan whose output is tmp_path/NAME; gives its file."""

    def write(name="data", first=3, text=PLAN):
        path = normals / f"{tmp_path.name}_{name.replace('/', '_')}.yaml"
        path.write_text(text.format(output=tmp_path / name, first=first))
        return path

    return write


@pytest.fixture(scope="session")
def undisturbed(normals, tmp_path_factory):
    """The files of the small plan, made in one go: bytes by name. Locks are left out."""
    from anomaly_agent.agent.cli import main  # noqa: PLC0415  (the tests' own start stays quick)

    folder = tmp_path_factory.mktemp("undisturbed")
    path = normals / "undisturbed.yaml"
    path.write_text(PLAN.format(output=folder / "data", first=3))
    assert main(["synthesize", "--plan", str(path)]) == 0
    return tree(folder / "data")


def tree(folder):
    """Bytes by name of all files but the locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}

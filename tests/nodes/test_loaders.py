"""Loaders and example pictures."""

import math

import numpy as np
import pytest
from host_stand_in import run

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.policies.trained import TrainedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.nodes.example_product import ExampleProduct
from anomaly_agent.nodes.knowledge_retrieval import KnowledgeRetrieval
from anomaly_agent.nodes.loaders import LoadKnowledgeBase, LoadPolicy


def test_the_policy_is_loaded_by_name_and_the_trained_one_comes_first():
    assert isinstance(run(LoadPolicy, policy="scripted")[0], ScriptedPolicy)
    assert isinstance(run(LoadPolicy, policy="trained")[0], TrainedPolicy)
    (offered,) = LoadPolicy.GET_SCHEMA().inputs
    assert offered.options["default"] == "trained" and offered.options["options"][:2] == ["trained", "scripted"]


def test_own_notes_come_first_or_alone(host):
    folder = host.folder / "input" / "notes"
    folder.mkdir()
    (folder / "nut.md").write_text("# hex nut\n\n## scratch\nA long spiral groove from the thread tap.\n")
    base, entries = run(LoadKnowledgeBase, folder="notes", packaged=True)
    text, found = run(KnowledgeRetrieval, item="hex nut", anomaly_type="scratch", limit=3, knowledge=base)
    assert entries == 1 and found == 3 and "spiral groove" in text.splitlines()[0]
    alone, _ = run(LoadKnowledgeBase, folder="notes", packaged=False)
    assert run(KnowledgeRetrieval, item="hex nut", anomaly_type="scratch", limit=3, knowledge=alone)[1] == 1


def test_a_changed_note_is_read_again(host):
    folder = host.folder / "input" / "notes"
    folder.mkdir()
    (folder / "nut.md").write_text("# nut\n## scratch\nA groove.\n")
    before = LoadKnowledgeBase.fingerprint_inputs("notes", True)
    assert before == LoadKnowledgeBase.fingerprint_inputs("notes", True)
    (folder / "nut.md").write_text("# nut\n## scratch\nA deep groove.\n")
    assert before != LoadKnowledgeBase.fingerprint_inputs("notes", True)
    missing = LoadKnowledgeBase.fingerprint_inputs("gone", True)
    assert math.isnan(missing), "looked for again at every run"


def test_a_missing_or_empty_folder_is_named(host):
    with pytest.raises(InputError, match="folder: no folder 'gone'"):
        run(LoadKnowledgeBase, folder="gone", packaged=True)
    (host.folder / "input" / "empty").mkdir()
    with pytest.raises(InputError, match=r"no .md or .json file"):
        run(LoadKnowledgeBase, folder="empty", packaged=True)


def test_example_pictures_are_the_demonstrations():
    image, item = run(ExampleProduct, product="capsule", seed=2**64 - 1, size=96, count=2)
    assert item == "two-tone capsule" and image.shape == (2, 96, 96, 3)
    assert (np.round(image[1].numpy() * 255) == render_normal("capsule", 0, 96)).all()

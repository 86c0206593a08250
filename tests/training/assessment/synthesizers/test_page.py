"""The page's figures, worked out by hand from records."""

from __future__ import annotations

from typing import Any

from anomaly_agent.training.assessment.synthesizers.page import write_page

Given = tuple[list[dict[str, Any]], dict[str, Any], dict[str, str]]


def test_cells_are_means_and_deviations_over_seeds(by_hand: Given) -> None:
    page = write_page(*by_hand)
    # 0.5 and 0.7: 0.6 and sqrt(0.02); 10 and 30 ms: 20 and sqrt(200).
    assert "| tile | ours | 0.600 ± 0.141 | 0.900 ± 0.000 | 0.800 ± 0.000 | 0.700 ± 0.000 | 20.0 ± 14.1 | 2 |" in page
    assert "| tile | CutPaste | 0.100 | 0.600 | 0.900 | 0.700 | 12.0 | 1 |" in page
    assert "| bottle | ours | - | - | - | 0.600 | 12.0 | 1 |" in page


def test_ours_is_divided_by_the_best_peer_of_each_figure(by_hand: Given) -> None:
    page = write_page(*by_hand)
    assert "| tile | 2.00 (NSA) | 1.00 (NSA) | 0.89 (CutPaste) | 1.00 (NSA) |" in page
    assert "| bottle | - | - | - | 0.75 (NSA) |" in page


def test_methods_stand_in_their_order_with_what_they_are(by_hand: Given) -> None:
    page = write_page(*by_hand)
    assert page.index("| tile | ours") < page.index("| tile | CutPaste") < page.index("| tile | NSA")
    assert "- NSA: natural synthetic anomalies, Poisson blending (commit 123)." in page
    for said in (
        "2026-01-02",
        "commit abc",
        "Some CPU, 2 cores",
        "numpy 2.4",
        "200 samples",
        "300 steps of 8 at 128 px",
    ):
        assert said in page


def test_the_devices_that_nets_were_trained_on_are_named(by_hand: Given) -> None:
    records, settings, run = by_hand
    assert "trained on: CPU." in write_page(*by_hand)  # what records from before the option do not say
    records[0]["device"] = "NVIDIA H100"
    assert "trained on: CPU, NVIDIA H100." in write_page(records, settings, run)


def test_the_loop_s_parts_have_a_table_of_their_own(by_hand: Given) -> None:
    page = write_page(*by_hand)
    before, after = page.split("## The loop, part by part")
    assert "| tile | PG | 0.250 |" in after
    assert "- SFT: policy trained, weights 0f." in after
    assert "| PG |" not in before
    assert "| NSA |" not in after


def test_parts_without_records_are_left_out(by_hand: Given) -> None:
    records, settings, run = by_hand
    alone = write_page([record for record in records if record["method"] == "ours"], settings, run)
    assert "Ours to the best baseline" not in alone
    assert "part by part" not in alone
    ablation = write_page([record for record in records if record["part"] == "ablation"], settings, run)
    assert "Methods beside" not in ablation

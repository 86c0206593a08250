"""TRL's GRPO trainer, with groups that have nothing to tell left out, and sample rollouts on a page."""

from __future__ import annotations

from typing import Any

from trl import GRPOTrainer

from .samples import SamplesPage

# Advantages below this come from the rounding of equal rewards.
_EQUAL = 1e-3


class GroupTrainer(GRPOTrainer):
    """GRPO without the groups whose rewards are all equal: their advantages are 0, and only the divergence would pull at
    the weights. samples: where rollouts are shown.
    """

    samples: SamplesPage
    num_generations: int

    def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any) -> Any:
        if self.accelerator.is_main_process:
            self.samples.collect(self.state.global_step, completions, self.environments or [])
        return super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        output = super()._generate_and_score_completions(inputs)
        size = self.num_generations
        # A group's rollouts may lie on several processes, in order.
        told = self.accelerator.gather(output["advantages"]).view(-1, size).abs().amax(dim=1) > _EQUAL
        mask = output["completion_mask"]
        first = self.accelerator.process_index * len(mask)
        mine = told.repeat_interleave(size)[first : first + len(mask)]
        output["completion_mask"] = mask * mine.unsqueeze(1).to(mask.dtype)
        self._metrics["train"]["groups_dropped"].append(1.0 - float(told.float().mean()))
        return output

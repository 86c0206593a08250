"""TRL's GRPO trainer with advantages by attempt, without what has nothing to tell, and with sample rollouts on a page."""

from __future__ import annotations

from typing import Any

import torch
from trl import GRPOTrainer

from .attempt_advantages import STAGES, stage_advantages, token_stages, turn_stages
from .sample_rollouts import SamplesPage


class GroupTrainer(GRPOTrainer):
    """GRPO without the groups whose rewards are all equal: their advantages are 0, and only the divergence would pull at
    the weights.

    samples: where rollouts are shown. by_attempt: advantages as in `attempt_advantages`; else one a rollout, as in GRPO.
    """

    samples: SamplesPage
    by_attempt: bool = True
    num_generations: int
    reward_weights: torch.Tensor
    _rewards: torch.Tensor
    _stages: list[list[int]]

    def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any) -> Any:
        if self.accelerator.is_main_process:
            self.samples.collect(self.state.global_step, completions, self.environments or [])
        rewards = super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)
        self._rewards = (rewards * self.reward_weights.to(rewards.device)).nansum(dim=1)
        self._stages = [turn_stages(completion) if self.by_attempt else [0] for completion in completions]
        return rewards

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        output = super()._generate_and_score_completions(inputs)
        mask = output["completion_mask"]
        spoken = (mask * output["tool_mask"]).bool()
        stages = token_stages(spoken, self._stages)
        counts = torch.zeros(len(mask), STAGES, dtype=torch.long, device=mask.device)
        reached = counts.scatter_add(1, stages, spoken.long()) > 0
        # A group's rollouts may lie on several processes, in order.
        advantages = stage_advantages(self._rewards, self.accelerator.gather(reached), self.num_generations)
        first = self.accelerator.process_index * len(mask)
        output["advantages"] = advantages[first : first + len(mask)].gather(1, stages) * spoken
        told = advantages.view(-1, self.num_generations, STAGES).abs().amax(dim=(1, 2)) > 0
        kept = told.repeat_interleave(self.num_generations)[first : first + len(mask), None]
        # Not the completion's mask: that is what the model attends to. In a group that tells something, turns without an
        # advantage stay in: there the divergence alone holds the policy to what it could.
        output["tool_mask"] = output["tool_mask"] * kept.to(output["tool_mask"].dtype)
        self._metrics["train"]["groups_dropped"].append(1.0 - float(told.float().mean()))
        return output

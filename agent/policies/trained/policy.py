"""The policy that a trained checkpoint is: reads the conversation in words, writes its turn in a short form."""

from __future__ import annotations

import json
import threading
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from ...core.errors import InputError
from ...core.foreign_files import read_whole
from ...core.trajectory import Trajectory
from . import vocabulary as w
from .action_codec import expand
from .conversation_encoder import ConversationEncoder, Message
from .numpy_model import Session, SmallQwen3

#: The checkpoint that comes with the pack; its card says how it was made.
SHIPPED = Path(__file__).parent / "checkpoint"
#: Tokens of one turn at most; a turn has about twenty.
MAX_NEW_TOKENS = 48
_TOKENIZER = "tokenizer.json"
# A small model knows some thousand words.
_MOST_BYTES = 50_000_000


@dataclass(eq=False)
class _Kept:
    """Of one conversation: its words so far, and the tokens that were read with their keys and values.

    None of it is another conversation's: that would change the last digits, and so a close choice; a run that goes on after
    a stop comes to the same turns.
    """

    encoder: ConversationEncoder
    session: Session


class TrainedPolicy:
    """A small language model that training made. folder: a checkpoint of `anomaly-agent train`, by default the shipped one.

    temperature: 0 takes the likeliest token; above, the same conversation still gives the same turn. Raises InputError,
    naming the file, for a folder that is no such checkpoint.
    """

    name = "trained"

    def __init__(self, folder: Path | None = None, temperature: float = 0.0, seed: int = 0) -> None:
        self.model, self.tokenizer = _load(folder or SHIPPED)
        self.temperature = temperature
        self.seed = seed
        self._end = self.tokenizer.token_to_id(w.END)
        self._families = w.families_in(self.tokenizer.get_vocab(with_added_tokens=True))
        self._counting = threading.Lock()
        #: Tokens written since the policy was made.
        self.tokens_written = 0

    def next_turn(self, conversation: Trajectory) -> str:
        """See Policy."""
        kept: _Kept | None = conversation.kept.get(self)
        if kept is None:
            kept = conversation.kept[self] = _Kept(ConversationEncoder(families=self._families), self.model.start())
        encoder = kept.encoder
        encoder.follow(conversation.messages, conversation.images, conversation.scene, conversation.attempts)
        return expand(self._write(render(encoder.messages), kept.session), encoder.state)

    def _write(self, text: str, session: Session) -> str:
        tokens = self.tokenizer.encode(text, add_special_tokens=False).ids
        drawn = zlib.crc32(json.dumps(tokens).encode(), self.seed % 2**32)
        rng = np.random.default_rng(drawn)
        written: list[int] = []
        while len(written) < MAX_NEW_TOKENS and len(tokens) < self.model.context:
            token = self._choose(session.read(tokens), rng)
            if token == self._end:
                break
            written.append(token)
            tokens = [*tokens, token]
        with self._counting:
            self.tokens_written += len(written) + 1
        return str(self.tokenizer.decode(written, skip_special_tokens=True))

    def _choose(self, logits: np.ndarray, rng: np.random.Generator) -> int:
        if self.temperature == 0:
            return int(logits.argmax())
        raised = np.exp((logits - logits.max()) / self.temperature)
        return int(rng.choice(len(raised), p=raised / raised.sum()))


def render(messages: list[Message]) -> str:
    """The conversation in ChatML, with an opened assistant turn: what the checkpoint's own chat template writes."""
    turns = [f"{w.START}{message['role']}\n{message['content']}{w.END}" for message in messages]
    return "".join(turns) + f"{w.START}assistant\n"


@lru_cache(maxsize=2)
def _load(folder: Path) -> tuple[SmallQwen3, Tokenizer]:
    model = SmallQwen3(folder)
    path = folder / _TOKENIZER
    try:
        tokenizer = Tokenizer.from_buffer(read_whole(path, _MOST_BYTES))
    except Exception as error:
        raise InputError(f"{path}: cannot be read as a tokenizer ({error})") from error
    if tokenizer.token_to_id(w.END) is None or tokenizer.token_to_id(w.CALL_OPEN) is None:
        raise InputError(f"{path}: is another model's tokenizer; give a folder that training has written")
    known = set(tokenizer.get_vocab(with_added_tokens=True).values())
    most = max(known)
    if most >= model.vocabulary:
        raise InputError(
            f"{path}: knows token {most}, the model only {model.vocabulary}; give both as training wrote them"
        )
    if len(known) < model.vocabulary:
        raise InputError(
            f"{path}: knows {len(known)} tokens, the model {model.vocabulary}; give both as training wrote them"
        )
    return model, tokenizer

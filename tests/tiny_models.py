"""Real pipelines and models of tiny size with random weights, built from configurations; nothing is downloaded."""

from __future__ import annotations

import string

import torch

CHARACTERS = string.ascii_lowercase + string.digits + string.punctuation


def clip_tokenizer():
    """A CLIP tokenizer that knows single characters."""
    from transformers import CLIPTokenizer

    tokens = [*CHARACTERS, *(one + "</w>" for one in CHARACTERS), "<|startoftext|>", "<|endoftext|>"]
    vocab = {token: index for index, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)


def clip_text(projection: bool = False):
    """A CLIP text encoder of 32 channels."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    size = len(clip_tokenizer())
    config = CLIPTextConfig(
        vocab_size=size,
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=32,
        bos_token_id=size - 2,
        eos_token_id=size - 1,
    )
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()


def autoencoder(latent_channels: int = 4):
    """A VAE that halves the sides."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(32, 64),
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=latent_channels,
        norm_num_groups=8,
        sample_size=64,
        shift_factor=0.1,
        scaling_factor=0.4,
    ).eval()


def unet(in_channels: int = 9, cross: int = 32, **more):
    """A UNet of two levels."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=32,
        in_channels=in_channels,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=cross,
        norm_num_groups=8,
        **more,
    ).eval()


def sd_inpaint(in_channels: int = 9):
    """Stable Diffusion inpainting; 4 channels: a plain text-to-image UNet."""
    from diffusers import DDIMScheduler, StableDiffusionInpaintPipeline

    torch.manual_seed(0)
    return StableDiffusionInpaintPipeline(
        vae=autoencoder(),
        text_encoder=clip_text(),
        tokenizer=clip_tokenizer(),
        unet=unet(in_channels, attention_head_dim=8),
        scheduler=DDIMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sd_text():
    """Stable Diffusion that makes pictures from text alone."""
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline(**sd_inpaint(4).components, requires_safety_checker=False)


def sdxl_inpaint():
    """Stable Diffusion XL inpainting with both text encoders."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLInpaintPipeline

    torch.manual_seed(0)
    network = unet(
        9,
        64,
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=6 * 8 + 32,
    )
    return StableDiffusionXLInpaintPipeline(
        vae=autoencoder(),
        text_encoder=clip_text(),
        text_encoder_2=clip_text(projection=True),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        unet=network,
        scheduler=EulerDiscreteScheduler(),
    )


def t5():
    """(tokenizer, encoder) of T5's architecture."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    vocab = {token: index for index, token in enumerate(["<pad>", "</s>", "<unk>", *CHARACTERS])}
    raw = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )
    config = T5Config(vocab_size=len(vocab), d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4)
    return tokenizer, T5EncoderModel(config).eval()


def _flux_parts(in_channels: int = 4):
    """What the pipelines of FLUX.1 share."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel

    torch.manual_seed(0)
    tokenizer, encoder = t5()
    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=in_channels,
        out_channels=4,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    )
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(),
        "vae": autoencoder(1),
        "text_encoder": clip_text(),
        "tokenizer": clip_tokenizer(),
        "text_encoder_2": encoder,
        "tokenizer_2": tokenizer,
        "transformer": transformer.eval(),
    }


def flux_kontext():
    """FLUX.1 Kontext: an instruction editor."""
    from diffusers import FluxKontextPipeline

    return FluxKontextPipeline(**_flux_parts())


def flux_fill():
    """FLUX.1 Fill: an inpainting model that takes the masked picture and the mask as channels."""
    from diffusers import FluxFillPipeline

    return FluxFillPipeline(**_flux_parts(4 + 4 + 16))


def flux2_klein():
    """FLUX.2 klein: a distilled instruction editor with a language model as its text encoder."""
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    tokenizer = qwen_tokenizer()
    tokenizer.chat_template = CHAT_TEMPLATE
    # The pipeline reads the hidden states after layers 9, 18 and 27.
    encoder = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=28, num_attention_heads=2,
        num_key_value_heads=2, head_dim=8,
    )  # fmt: skip
    vae = AutoencoderKLFlux2(
        block_out_channels=(16, 32), down_block_types=("DownEncoderBlock2D",) * 2, layers_per_block=1,
        up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=4, norm_num_groups=8, sample_size=64,
    )  # fmt: skip
    transformer = Flux2Transformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=48, timestep_guidance_channels=16, axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False,
    )  # fmt: skip
    return Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae.eval(),
        text_encoder=Qwen3ForCausalLM(encoder).eval(),
        tokenizer=tokenizer,
        transformer=transformer.eval(),
        is_distilled=True,
    )


def sd3_inpaint():
    """Stable Diffusion 3 inpainting with its three text encoders."""
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3InpaintPipeline

    torch.manual_seed(0)
    tokenizer, encoder = t5()
    transformer = SD3Transformer2DModel(
        sample_size=32, patch_size=1, in_channels=16, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        joint_attention_dim=32, caption_projection_dim=32, pooled_projection_dim=64, out_channels=16,
    )  # fmt: skip
    return StableDiffusion3InpaintPipeline(
        transformer=transformer.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=autoencoder(16),
        text_encoder=clip_text(True),
        tokenizer=clip_tokenizer(),
        text_encoder_2=clip_text(True),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=encoder,
        tokenizer_3=tokenizer,
    )


# Turns in Qwen's format, images in their place.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def qwen_tokenizer(texts=()):
    """A byte tokenizer with Qwen's special tokens. texts: what it can write in few tokens, of 16 letters at most."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import Qwen2TokenizerFast

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"]
    special.append("<|video_pad|>")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: index for index, token in enumerate([*alphabet, *special])}
    raw = Tokenizer(models.BPE(vocab, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = Qwen2TokenizerFast(
        tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=special
    )
    lines = [line for text in texts for line in text.splitlines()]
    pieces = {line[at : at + 16] for line in lines for at in range(0, len(line), 16)}
    tokenizer.add_tokens([AddedToken(piece, normalized=False) for piece in sorted(pieces)])
    return tokenizer


def qwen_vl_processor():
    """Qwen's vision-language processor: its image processor, and a byte tokenizer with its special tokens."""
    from transformers import Qwen2VLImageProcessor, Qwen2VLProcessor, Qwen2VLVideoProcessor

    images = Qwen2VLImageProcessor(patch_size=14, merge_size=2, min_pixels=28 * 28, max_pixels=56 * 56)
    return Qwen2VLProcessor(images, qwen_tokenizer(), Qwen2VLVideoProcessor(patch_size=14, merge_size=2))


def qwen3_vl(texts=(), spread=0.5):
    """Qwen3-VL and its processor. texts: see qwen_tokenizer. spread: of its weights, so large that what it reads and sees
    changes what it writes.
    """
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    torch.manual_seed(0)
    tokenizer = qwen_tokenizer(texts)
    ids = tokenizer.convert_tokens_to_ids
    config = Qwen3VLConfig(
        text_config={
            "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "eos_token_id": ids("<|im_end|>"),
            "rope_scaling": {"rope_type": "default", "mrope_section": [2, 1, 1], "mrope_interleaved": True},
            "initializer_range": spread,
        },
        vision_config={
            "depth": 2, "hidden_size": 32, "intermediate_size": 32, "num_heads": 4, "out_hidden_size": 32,
            "patch_size": 16, "spatial_merge_size": 2, "num_position_embeddings": 64, "deepstack_visual_indexes": [0],
            "initializer_range": spread,
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
        tie_word_embeddings=False,
    )  # fmt: skip
    model = Qwen3VLForConditionalGeneration(config).eval()
    marks = [ids(token) for token in ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")]
    model.generation_config.update(
        do_sample=True, temperature=1.0, eos_token_id=ids("<|im_end|>"), suppress_tokens=marks
    )
    images = Qwen2VLImageProcessor(patch_size=16, merge_size=2, min_pixels=32 * 32, max_pixels=96 * 96)
    videos = Qwen3VLVideoProcessor(patch_size=16, merge_size=2)
    return model, Qwen3VLProcessor(images, tokenizer, videos, chat_template=CHAT_TEMPLATE)


def qwen_image_edit():
    """Qwen-Image-Edit: an instruction editor whose text encoder is a vision-language model."""
    from diffusers import (
        AutoencoderKLQwenImage,
        FlowMatchEulerDiscreteScheduler,
        QwenImageEditPipeline,
        QwenImageTransformer2DModel,
    )
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    torch.manual_seed(0)
    processor = qwen_vl_processor()
    ids = processor.tokenizer.convert_tokens_to_ids
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(processor.tokenizer),
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2]},
        },
        vision_config={
            "depth": 2,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
            "patch_size": 14,
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=3,
        joint_attention_dim=16,
        guidance_embeds=False,
        axes_dims_rope=(8, 4, 4),
    )
    return QwenImageEditPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=AutoencoderKLQwenImage(
            base_dim=24, z_dim=4, dim_mult=[1, 2, 4], num_res_blocks=1, temperal_downsample=[False, True],
            latents_mean=[0.0] * 4, latents_std=[1.0] * 4,
        ),
        text_encoder=Qwen2_5_VLForConditionalGeneration(config).eval(),
        tokenizer=processor.tokenizer,
        processor=processor,
        transformer=transformer.eval(),
    )  # fmt: skip


def sam():
    """Segment Anything with one windowed and one global block."""
    from functools import partial

    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    torch.manual_seed(0)
    return Sam(
        image_encoder=ImageEncoderViT(
            depth=2, embed_dim=32, img_size=128, mlp_ratio=2, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            num_heads=2, patch_size=16, qkv_bias=True, use_rel_pos=True, global_attn_indexes=[1], window_size=4,
            out_chans=32,
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=32, image_embedding_size=(8, 8), input_image_size=(128, 128), mask_in_chans=16
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=3,
            transformer=TwoWayTransformer(depth=2, embedding_dim=32, mlp_dim=64, num_heads=8),
            transformer_dim=32, iou_head_depth=3, iou_head_hidden_dim=32,
        ),
    )  # fmt: skip


def sam2():
    """Segment Anything 2 and its processor."""
    from transformers import Sam2Config, Sam2ImageProcessor, Sam2Model, Sam2Processor

    torch.manual_seed(0)
    backbone = {
        "hidden_size": 8, "image_size": [128, 128], "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [8, 16, 32, 64], "num_attention_heads_per_stage": [1, 2, 4, 8],
        "window_size_per_stage": [4, 4, 4, 4], "global_attention_blocks": [3],
        "window_positional_embedding_background_size": [7, 7], "model_type": "sam2_hiera_det_model",
    }  # fmt: skip
    config = Sam2Config(
        vision_config={
            "backbone_config": backbone, "backbone_channel_list": [64, 32, 16, 8], "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]], "model_type": "sam2_vision_model",
        },
        prompt_encoder_config={"hidden_size": 32, "image_size": 128, "patch_size": 16, "mask_input_channels": 8},
        mask_decoder_config={"hidden_size": 32, "mlp_dim": 32, "num_attention_heads": 4, "iou_head_hidden_dim": 32},
    )  # fmt: skip
    size = {"height": 128, "width": 128}
    images = Sam2ImageProcessor(size=size, mask_size={"height": 32, "width": 32})
    return Sam2Model(config).eval(), Sam2Processor(images)


def force(language_model, write):
    """Makes a real model write what write(messages, images) gives: its own forward passes, forced choices of tokens.

    Returns the list to which the inputs of each turn are added.
    """
    from transformers import LogitsProcessorList

    seen = []
    wanted = []
    chat, generate = language_model.chat, language_model.model.generate
    tokenizer = language_model.processor.tokenizer

    def choose(input_ids, scores):
        at = input_ids.shape[1] - seen[-1]["input_ids"].shape[1]
        token = wanted[-1][at] if at < len(wanted[-1]) else tokenizer.eos_token_id
        forced = torch.full_like(scores, float("-inf"))
        forced[:, token] = 0.0
        return forced

    def forced_chat(messages, images, seed):
        wanted.append(tokenizer(write(messages, images))["input_ids"])
        return chat(messages, images, seed)

    def forced_generate(**given):
        seen.append(given)
        given["max_new_tokens"] = len(wanted[-1]) + 1
        return generate(**given, logits_processor=LogitsProcessorList([choose]))

    language_model.chat, language_model.model.generate = forced_chat, forced_generate
    return seen


def save_folders(root):
    """Whole folders of tiny models below root: editor, vision, text, adapter (of text) and sam2."""
    from peft import LoraConfig, get_peft_model
    from transformers import Qwen3Config, Qwen3ForCausalLM

    sd_inpaint().save_pretrained(root / "editor")
    for part in qwen3_vl():
        part.save_pretrained(root / "vision")
    tokenizer = qwen_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    small = Qwen3ForCausalLM(Qwen3Config(vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, head_dim=8))  # fmt: skip
    small.save_pretrained(root / "text")
    tokenizer.save_pretrained(root / "text")
    get_peft_model(small, LoraConfig(target_modules=["q_proj"], r=1)).save_pretrained(root / "adapter")
    for part in sam2():
        part.save_pretrained(root / "sam2")

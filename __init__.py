"""AnomalyAgent for ComfyUI: industrial anomaly synthesis in a closed agent loop."""

#: Where the host finds the pack's front-end modules and its nodes' help.
WEB_DIRECTORY = "./web"


async def comfy_entrypoint():  # type: ignore[no-untyped-def]
    """The host calls this once, and gets the nodes."""
    from .nodes.extension import AnomalyAgentExtension

    return AnomalyAgentExtension()

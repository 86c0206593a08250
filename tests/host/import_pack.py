"""Imports the pack into a process that has the host's modules, as the host does; prints what that costs, as JSON.

python import_pack.py COMFYUI_PATH PACK
"""

import asyncio
import gc
import importlib.util
import json
import os
import sys
import time

import torch

comfyui, pack = sys.argv[1:]
sys.argv[1:] = ["--cpu"]
sys.path.insert(0, comfyui)
os.chdir(comfyui)

import comfy.options

comfy.options.enable_args_parsing()

import server  # and with it the host's nodes and their libraries

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
server.PromptServer(loop)


def networks() -> int:
    """How many networks there are."""
    return sum(issubclass(type(one), torch.nn.Module) for one in gc.get_objects())


before, networks_before = set(sys.modules), networks()
# The collector goes over the host's million objects now and then; when that is, is no matter of the pack's.
gc.collect()
gc.disable()
started = time.perf_counter()
spec = importlib.util.spec_from_file_location(
    "the_pack", os.path.join(pack, "__init__.py"), submodule_search_locations=[pack]
)
module = importlib.util.module_from_spec(spec)
sys.modules["the_pack"] = module
spec.loader.exec_module(module)
extension = loop.run_until_complete(module.comfy_entrypoint())
loop.run_until_complete(extension.on_load())
listed = loop.run_until_complete(extension.get_node_list())
seconds = time.perf_counter() - started
added = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps({"seconds": seconds, "nodes": len(listed), "added": added, "networks": networks() - networks_before}))

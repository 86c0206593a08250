"""The package `anomaly_agent` is this folder itself, as ComfyUI loads the checkout: packages and data are found here."""

from setuptools import find_namespace_packages, setup

# Folders of data, such as a checkpoint's, are namespace packages: what lies in them is found with them.
found = find_namespace_packages(include=["agent*", "nodes*", "training*"])
setup(packages=["anomaly_agent", *(f"anomaly_agent.{name}" for name in found)], package_data={"": ["*"]})

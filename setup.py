"""The package `anomaly_agent` is this folder itself, as ComfyUI loads the checkout: packages and data are found here."""

from setuptools import find_namespace_packages, setup

# Folders of data, such as a checkpoint's, are namespace packages: what lies in them is found with them.
found = [f"anomaly_agent.{name}" for name in find_namespace_packages(include=["agent*", "nodes*", "training*"])]
setup(
    script_name="setup.py",  # by which setuptools tells this file from the package's modules
    packages=["anomaly_agent", *found],
    package_data={name: ["*"] for name in found},
)

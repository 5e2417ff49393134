"""Hosts the components for programs in any Pulumi language; the engine runs this folder (see PulumiPlugin.yaml)."""

from importlib.metadata import version

from pulumi.provider.experimental.host import component_provider_host, components_from_module

import dbstack

if __name__ == "__main__":
    for name in dbstack.__all__:
        getattr(dbstack, name)  # loaded when they are used, and the host looks at what is loaded
    component_provider_host(
        name="dbstack", components=components_from_module(dbstack), version=version("dbstack")
    )

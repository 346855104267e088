"""The operators' door to the books. Facts are read-only (design 4); what staff decide calls a service.

A desk is a folder or a file; each registers its models when it is imported, so all of them are imported here.
"""

from importlib import import_module
from pkgutil import walk_packages

for module in walk_packages(__path__, f"{__name__}."):
    import_module(module.name)

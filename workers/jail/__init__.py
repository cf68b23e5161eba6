"""The jail of the workers that touch hostile bytes: what holds them, layer by layer, and says so.

`workers.host` enters it before the first item; `workers.cpu` gives it its settings and its folder.
"""

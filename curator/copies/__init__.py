"""How copies are found: what a photo is known by, which pairs are compared, and whether they are one."""

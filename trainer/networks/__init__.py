"""The networks: built, loaded, run over images, and their features kept."""

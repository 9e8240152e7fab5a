"""Photos: importing, inspecting, excluding and previewing them."""

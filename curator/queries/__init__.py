"""SELECTs that return frozen rows for pages and commands; nothing here changes anything."""

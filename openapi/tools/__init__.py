"""Programs that make or check the data of this room; nothing here is imported at run time."""

"""What several controllers need: indexes, ownership, making and deleting pods, ranking, availability."""

"""Subresources: views of a parent object (status, scale, …) and actions on it (binding, …), a file each."""

"""What a node says about itself (object, status, lease) and the agent that tells the API server."""

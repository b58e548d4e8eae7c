"""What the server tells Prometheus. Recording is a look-up and two additions; text is made when asked for."""

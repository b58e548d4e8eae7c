"""EndpointSlices and Endpoints: which addresses are behind a Service."""

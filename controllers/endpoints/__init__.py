"""EndpointSlices and Endpoints: which addresses are behind a Service.

``addresses`` says what a pod contributes to a service, ``slices`` and ``subsets`` arrange it in the two kinds, and
``watch`` turns changes of pods, services and nodes into services to look at. Behaviour of pkg/controller/endpointslice,
k8s.io/endpointslice and pkg/controller/endpoint. Neither writes the annotation of the last change's trigger time.
"""

"""HorizontalPodAutoscalers: as many replicas as the metrics ask for. Behaviour of pkg/controller/podautoscaler.

``samples`` reads what metrics APIs answer, ``requests`` what pods ask for, ``replicas`` proposes a number of them for
one metric, ``limits`` and ``history`` keep proposals from jumping, ``conditions`` says what came of it: these are pure.
``metrics`` and ``targets`` ask the API, ``evaluation`` goes through an autoscaler's metrics, ``reconcile`` is one look
at one autoscaler, and ``memory`` what is known from the looks before.

HPAScaleToZero is off by default upstream, and the API server refuses ``minReplicas: 0`` then; where it does not, the
rules of the gate apply to those autoscalers that make use of it.
"""

"""What ``kubectl get`` shows: the Table columns and rows of every built-in kind, one file per group.

A printer is a pure function of the object in wire form and the time; it never reads the store, a clock or
other objects. Kinds upstream gives no columns of their own use :data:`server.printers.printer.DEFAULT`.
The server always computes the wide columns too (priority 1); the client chooses what to show.
Source: k8s.io/kubernetes/pkg/printers/internalversion/printers.go and the registries' table convertors, v1.37.
"""

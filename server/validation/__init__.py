"""What upstream refuses, kind by kind: pure functions from decoded, defaulted wire objects to lists of FieldErrors.

All problems are reported, in upstream's order and words; nothing is changed and no state is read. Each kind has one
``Validator`` constant named after it (POD, SERVICE, …); shared pieces (object meta, pod spec, volumes, …) have their
own files and append to the list they are given. Feature gates stand where v1.37 has them by default.

Source: k8s.io/kubernetes/pkg/apis/*/validation, k8s.io/apimachinery/pkg/api/validation.
"""

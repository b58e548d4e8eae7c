"""Tokens of service accounts that are kept in Secrets: made for whoever asks for one, and cleared away in the end.

``signing`` makes tokens, ``secrets`` says what a Secret lacks, ``controller`` fills and removes Secrets; ``cleaner``
retires tokens that nobody has used for a year. Sources: k8s.io/kubernetes pkg/controller/serviceaccount
(tokens_controller.go, legacy_serviceaccount_token_cleaner.go), pkg/serviceaccount/legacy.go.
"""

"""Custom resources: from a CustomResourceDefinition to what serves its objects.

``schema`` functions (pruning, defaulting, values, listtypes, types, jsonpath) are pure and know no request; ``version``
puts them together for one served version; ``names`` and ``conditions`` say what a definition's status should be;
``definitions`` follows the stored definitions and makes the rest happen.
"""

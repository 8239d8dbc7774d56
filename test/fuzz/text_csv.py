"""Teaches Schemathesis to send what it makes for text/csv: text, as it is."""

import schemathesis


@schemathesis.serializer("text/csv")
def csv(context, value):
    return str(value).encode("utf-8", "replace")

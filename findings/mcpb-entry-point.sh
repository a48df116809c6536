#!/usr/bin/env bash
# @anthropic-ai/mcpb 2.1.2 (npm), `mcpb validate` and `mcpb pack`.
# A manifest whose icon is not there is refused. One whose server.entry_point is not there passes, and so does a
# placeholder of a user_config key that is not declared; both are packed, with exit 0 and no warning.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @anthropic-ai/mcpb@2.1.2
try() { # NAME FIELDS
    mkdir "$1"
    python3 - "$1" "$2" <<'END'
import json, sys
manifest = {"manifest_version": "0.3", "name": "n", "version": "1.0.0", "description": "d", "author": {"name": "a"},
            "server": {"type": "node", "entry_point": "index.js", "mcp_config": {
                "command": "node", "args": ["${__dirname}/index.js", "${user_config.nowhere}"]}}, **json.loads(sys.argv[2])}
json.dump(manifest, open(sys.argv[1] + "/manifest.json", "w"))
END
    local validated=0 packed=0
    mcpb validate "$1/manifest.json" >/dev/null 2>&1 || validated=$?
    mcpb pack "$1" "$1.mcpb" >/dev/null 2>&1 || packed=$?
    echo "$1: validate $validated, pack $packed"
}
{ try no-icon '{"icon": "icon.png"}'; try no-entry-point '{}'; } > now
same_as_seen now <<'END'
no-icon: validate 1, pack 1
no-entry-point: validate 0, pack 0
END

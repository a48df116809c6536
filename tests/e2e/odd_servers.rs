//! Servers that are right and odd, or wrong in a way that a gateway could hide.

use serde_json::json;
use smoke_tests::Scenario;
use smoke_tests::tiny::TALK;

/// The stage that calls the tool which all servers here have.
const ADD: &str = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"add\"\n";

/// A server over its input and output that answers what `tools` and `begin` say.
const TALKS: &str = r#"
import json, sys, time
from begin import begin, tools
begin()
start = time.monotonic()
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked: continue
    first = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}}
    said = {"initialize": first, "tools/list": tools(time.monotonic() - start, asked)}.get(asked["method"], {"content": [{"type": "text", "text": "5"}]})
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **(said if "error" in said else {"result": said})}), flush=True)
"#;
const LIST: &str = "import time\nADD = {\"tools\": [{\"name\": \"add\", \"inputSchema\": {\"type\": \"object\"}}]}\n";

scenarios! {
    one_that_lists_its_tools_late_is_asked_again_in_its_session: Scenario {
        profile: format!("[gateway]\ntransport = \"stdio\"\ncommand = {COMMAND}\ntools = [\"add\"]\n"),
        ..odd("def tools(age, asked): return ADD if age > 2 else {\"tools\": []}\n")
    },
    a_page_that_names_itself_as_the_next_one: Scenario {
        code: 1,
        outcome: "failed",
        step: "ready",
        cause: "tools-missing",
        says: &["odd", "a page names itself as the next one"],
        ..odd("def tools(age, asked): return {**ADD, \"nextCursor\": \"2\"}\n")
    },
    one_that_takes_longer_than_our_gateway_waits: Scenario {
        profile: format!(
            "[[server]]\nname = \"odd\"\ncommand = {COMMAND}\nstart_timeout = \"1s\"\n"
        ),
        arguments: &["--restart-timeout", "6"],
        code: 3,
        outcome: "timed_out",
        step: "ready",
        cause: "tools-missing",
        says: &["give [[server]] odd a start_timeout above 1 s"],
        ..odd("def begin(): time.sleep(600)\ndef tools(age, asked): return ADD\n")
    },
    a_line_that_is_no_message_behind_our_gateway: Scenario {
        says: &["stray-output of odd", "loading"],
        ..odd("def begin(): print('loading', flush=True)\ndef tools(age, asked): return ADD\n")
    },
    a_server_without_tools_beside_another: Scenario {
        profile: format!(
            "{}[[server]]\nname = \"other\"\ncommand = {}\n",
            odd("").profile,
            json!(stdio("say"))
        ),
        rest: TALK,
        ..odd("def tools(age, asked): return {\"error\": {\"code\": -32601, \"message\": \"Method not found\"}}\n")
    },
}

fn stdio(tool: &str) -> [String; 3] {
    [smoke_tests::binaries::program("small-gateway").to_string(), "stdio".into(), tool.into()]
}

const COMMAND: &str = "[\"python3\", \"-B\", \"server.py\"]";

/// A server behind our own gateway; `more` says what it does, where it is not as usual.
fn odd(more: &'static str) -> Scenario<'static> {
    let begin = format!("{LIST}def begin(): pass\n{more}");
    let files = Box::leak(Box::new([("server.py", TALKS), ("begin.py", begin.leak() as &str)]));
    Scenario {
        profile: format!("[[server]]\nname = \"odd\"\ncommand = {COMMAND}\n"),
        rest: ADD,
        files,
        ..Scenario::default()
    }
}

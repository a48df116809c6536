//! Tests of the forms in which clients list servers.

use super::*;

fn lookup(key: &str) -> Option<String> {
    [("STELAE_DIR", "/ws"), ("API_KEY", "k"), ("A", "1")]
        .into_iter()
        .find(|(known, _)| *known == key)
        .map(|(_, value)| value.to_owned())
}

fn list(name: &str, text: &str) -> anyhow::Result<Vec<(String, Value)>> {
    servers(Utf8Path::new(name), text)
}

#[test]
fn every_client_writes_them_in_its_own_place() {
    let one = r#"{"a":{"command":"x","args":["y"]}}"#;
    let opencode = r#"{"mcp":{"a":{"type":"local","command":["x","y"],"enabled":true}}}"#;
    let zed = r#"{"context_servers":{"a":{"command":{"path":"x","args":["y"]}}}}"#;
    for (file, text) in [
        (".mcp.json", format!(r#"{{"mcpServers":{one}}}"#)),
        (".vscode/mcp.json", format!("// mine\n{{\"servers\":{one},/* and */}}")),
        ("settings.json", format!(r#"{{"mcp":{{"servers":{one}}}}}"#)),
        ("opencode.json", opencode.to_owned()),
        (".zed/settings.json", zed.to_owned()),
        (".mcp.json", one.to_owned()),
        (".mcp.json", r#"{"mcpServers":[{"name":"a","command":"x","args":["y"]}]}"#.to_owned()),
        (".codex/config.toml", "[mcp_servers.a]\ncommand = \"x\"\nargs = [\"y\"]\n".to_owned()),
        ("settings.json", format!(r#"{{"amp.mcpServers":{one}}}"#)),
        (".mcp.json", r#"{"mcpServers":{"a":{"command":"x 'y'"}}}"#.to_owned()),
    ] {
        let found = list(file, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let (name, entry) = &found[0];
        assert_eq!(name, "a", "{text}");
        assert_eq!((&entry["command"], &entry["args"]), (&json!("x"), &json!(["y"])), "{text}");
    }
}

#[test]
fn what_clients_call_otherwise_is_taken_for_what_it_is() {
    let far = "[mcp_servers.a]\nurl = \"http://h\"\nbearer_token_env_var = \"T\"\n";
    let found = list("config.toml", far).unwrap();
    assert_eq!(found[0].1["headers"]["Authorization"], "Bearer ${T}");
    let local = r#"{"mcp":{"a":{"command":["x"],"environment":{"K":"v"}}}}"#;
    assert_eq!(list("opencode.json", local).unwrap()[0].1["env"], json!({"K": "v"}));
}

#[test]
fn a_path_with_spaces_is_no_command_with_arguments() {
    for path in ["/Applications/My App/x", "C:\\Program Files\\x.exe"] {
        let text = json!({"mcpServers": {"a": {"command": path}}}).to_string();
        assert_eq!(list(".mcp.json", &text).unwrap()[0].1["command"], path);
    }
    assert_eq!(
        words(r#"python3 "a b.py" --x='1 2' c\ d"#),
        ["python3", "a b.py", "--x=1 2", "c d"]
    );
}

#[test]
fn what_is_in_a_string_is_no_comment() {
    let text = r#"{"servers":{"a":{"url":"http://x/\"//y,]"}}}"#;
    assert_eq!(address(&list("mcp.json", text).unwrap()[0].1), Some("http://x/\"//y,]"));
}

#[test]
fn a_list_without_a_server_and_a_broken_one_are_told_apart() {
    let off = r#"{"servers":{"a":{"command":"x","disabled":true}}}"#;
    assert_eq!(read(Utf8Path::new("mcp.json"), off).unwrap(), Listed::Empty);
    let table = [
        ("{", "no valid JSON"),
        ("{}", "lists no servers"),
        (r#"{"mcpServers":{}}"#, "lists no server"),
        (off, "lists no server"),
        (r#"{"servers":{"b":{}}}"#, "`b`"),
    ];
    for (text, expected) in table {
        let error = list(".mcp.json", text).unwrap_err().to_string();
        assert!(error.starts_with(".mcp.json") && error.contains(expected), "{error}");
    }
}

#[test]
fn the_clients_variables_are_replaced() {
    let entry = json!({"command": "x", "args": ["${workspaceFolder}/y", "${B:-2}", 3],
                       "cwd": "${CLAUDE_PLUGIN_ROOT}", "env": {"K": "${input:api-key}", "A": "${env:A}"}});
    let made = for_gateway(&entry, &lookup).unwrap();
    assert_eq!(made["args"], json!(["/ws/y", "2", "3"]));
    assert_eq!(made["env"], json!({"K": "k", "A": "1"}));
    assert_eq!(made["cwd"], "/ws");
    let missing = for_gateway(&json!({"url": "http://${NOBODY}"}), &lookup).unwrap_err();
    assert!(missing.to_string().contains("set NOBODY in [env]"), "{missing}");
}

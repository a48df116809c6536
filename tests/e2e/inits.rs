//! `smoke --init` in repositories that know nothing of this project, and the runs that it tries them with.

use std::fs;

use serde_json::json;
use smoke_tests::binaries::{program, root};
use smoke_tests::{Finished, Repository, Sandbox, sandbox, skipped};

use crate::examples::keep_what_is_installed;

/// Writes a profile, and tries it.
fn tried(sandbox: &Sandbox, source: &Repository) -> Finished {
    let (port, artifacts) = (sandbox::port().to_string(), sandbox.cwd().join("target/smoke"));
    let place = ["--port", &port, "--artifacts", artifacts.as_str()];
    sandbox.xtask(&[&["smoke", "--init", "--source", source.path().as_str()][..], &place].concat())
}

/// The profile that was written.
fn profile(source: &Repository) -> String {
    fs::read_to_string(source.path().join("smoke.toml")).unwrap()
}

/// The same with a repository that needs packages of a registry; none where they cannot be had.
fn installed(name: &str) {
    let mut sandbox = Sandbox::new();
    keep_what_is_installed(&mut sandbox);
    let folder = root().join("tests/parts").join(name);
    let source = Repository::copy_of(&sandbox, "src", &folder);
    let finished = tried(&sandbox, &source);
    let code = finished.record["cause"]["code"].as_str().unwrap_or_default();
    if ["registry-unreachable", "prerequisite-missing"].contains(&code) {
        return skipped(&format!("{name}: {}", finished.record["cause"]["summary"]));
    }
    let finished = finished.expect(0).says(&["  tools       ", "hook install", "docs/ci.md"]);
    assert_eq!(finished.record["gateway"]["listed"], 1, "{}", finished.shown());
    assert!(profile(&source).contains("\ntools = [\""), "{}", profile(&source));
}

#[test]
fn a_package_with_the_lock_file_of_npm_passes() {
    installed("init-node");
}

#[test]
fn a_project_with_the_lock_file_of_uv_passes() {
    installed("init-python");
}

/// A client's list of a server that has one tool, and of one that is out of reach.
fn list() -> String {
    let command = json!(["-c", format!("exec {} stdio say", program("small-gateway"))]);
    let far = json!({"url": "https://127.0.0.1:1/mcp"});
    json!({"mcpServers": {"a": {"command": "sh", "args": command}, "far": far}}).to_string()
}

#[test]
fn a_clients_list_of_servers_passes_and_its_tools_are_expected() {
    let sandbox = Sandbox::new();
    let source = Repository::create(&sandbox, "src", &[(".mcp.json", &list())]);
    let finished =
        tried(&sandbox, &source).expect(0).says(&["  tools       say", "far is left out"]);
    assert_eq!(finished.record["gateway"]["listed"], 1, "{}", finished.shown());
    assert!(profile(&source).contains("[gateway]\ntools = [\"say\"]"), "{}", profile(&source));
}

#[test]
fn a_draft_that_is_not_to_be_tried_runs_nothing() {
    let sandbox = Sandbox::new();
    let source = Repository::create(&sandbox, "src", &[(".mcp.json", &list())]);
    let words = ["smoke", "--init", "--no-try", "--source", source.path().as_str()];
    sandbox.xtask(&words).expect(0).says(&["try next    cargo xtask smoke"]);
    assert!(!profile(&source).contains("tools ="), "{}", profile(&source));
    assert!(!sandbox.cwd().join("target/smoke/runs").exists());
}

#[test]
fn a_repository_without_a_server_gets_no_profile() {
    let sandbox = Sandbox::new();
    let files = [("README.md", "# Nothing\n"), (".mcp.json", "{\"mcpServers\": {}}")];
    let source = Repository::create(&sandbox, "src", &files);
    let refused = sandbox.xtask(&["smoke", "--init", "--source", source.path().as_str()]);
    refused.expect(2).says(&[
        "nothing in",
        "looks like an MCP server",
        ".mcp.json is there and lists no server",
        "docs/profiles.md",
    ]);
    assert!(!source.path().join("smoke.toml").exists());
}

/// A server for node that needs no package, and that only starts with a key.
const SERVER: &str = r#"
if (!process.env.TINY_API_KEY) {
  console.error('Error: TINY_API_KEY is required');
  process.exit(3);
}
const answer = (id, result) => console.log(JSON.stringify({jsonrpc: '2.0', id, result}));
const tool = {name: 'now', inputSchema: {type: 'object'}, annotations: {readOnlyHint: true, openWorldHint: false}};
require('readline').createInterface({input: process.stdin}).on('line', line => {
  const {id, method, params} = JSON.parse(line);
  if (method === 'initialize') answer(id, {protocolVersion: params.protocolVersion, capabilities: {tools: {}}, serverInfo: {name: 'tiny', version: '1'}});
  else if (method === 'tools/list') answer(id, {tools: [tool]});
  else if (method === 'tools/call') answer(id, {content: [{type: 'text', text: 'noon'}]});
  else if (id !== undefined) answer(id, {});
}).on('close', () => process.exit(0));
"#;

/// A package whose server is that.
fn package(readme: &str) -> [(&'static str, String); 4] {
    let package = json!({"name": "tiny-mcp", "version": "1.0.0", "bin": "server.js"});
    [
        ("package.json", package.to_string()),
        ("server.js", SERVER.to_owned()),
        (".gitignore", "node_modules/\n".to_owned()),
        ("README.md", readme.to_owned()),
    ]
}

fn create<'a>(sandbox: &'a Sandbox, readme: &str) -> Repository<'a> {
    let files = package(readme);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Repository::create(sandbox, "src", &files)
}

#[test]
fn a_variable_that_the_server_asks_for_gets_a_stand_in() {
    let mut sandbox = Sandbox::new();
    keep_what_is_installed(&mut sandbox);
    let source = create(&sandbox, "");
    let finished = tried(&sandbox, &source).expect(0);
    let finished = finished.says(&["it asks for TINY_API_KEY", "  tools       now"]);
    let text = profile(&source);
    assert!(text.contains("TINY_API_KEY = \"{{TINY_API_KEY:-stand-in}}\" # required"), "{text}");
    // Where a value stands in, no answer is certain: the stage is a proposal.
    assert!(text.contains("# tool = \"now\""), "{text}");
    drop(finished);
}

#[test]
fn a_tool_that_only_reads_becomes_a_stage_that_passes() {
    let mut sandbox = Sandbox::new();
    keep_what_is_installed(&mut sandbox);
    sandbox.set("TINY_API_KEY", "k-1234");
    let source = create(&sandbox, "");
    tried(&sandbox, &source).expect(0).says(&["trying a first stage", "  tools       now"]);
    assert!(
        profile(&source).contains("\n[[stage.call]]\ntool = \"now\"\n"),
        "{}",
        profile(&source)
    );
}

#[test]
fn what_does_not_pass_is_told_on_one_screen_and_stays() {
    let sandbox = Sandbox::new();
    let broken =
        json!({"mcpServers": {"a": {"command": "sh", "args": ["-c", "echo no luck >&2; exit 3"]}}});
    let source = Repository::create(&sandbox, "src", &[(".mcp.json", &broken.to_string())]);
    let words = ["smoke", "--init", "--restart-timeout", "5", "--source", source.path().as_str()];
    let finished = sandbox.xtask(&words);
    assert_ne!(finished.code, 0, "{}", finished.shown());
    let finished = finished.says(&[
        "  draft       ",
        "stays, to be edited",
        "  then        cargo xtask smoke",
    ]);
    assert!(source.path().join("smoke.toml").exists());
    drop(finished);
}

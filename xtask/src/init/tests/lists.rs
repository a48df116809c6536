//! Tests of lists of servers, which clients have.

use super::{SDK, made};

#[test]
fn a_clients_file_is_named_and_not_copied() {
    let config = r#"{"mcpServers":{"a":{"command":"x","env":{"K":"${input:my-key}","T":"s3cr3t-s3cr3t-s3cr3t"}}}}"#;
    let (profile, text) = made(&[(".vscode/mcp.json", config)]).unwrap();
    assert_eq!(profile.mcp_config.unwrap().path, ".vscode/mcp.json");
    assert!(
        !text.contains("s3cr3t") && text.contains("# - set MY_KEY in the environment"),
        "{text}"
    );
}

#[test]
fn secrets_of_a_file_that_a_clone_lacks_become_placeholders() {
    let config = r#"{"mcpServers":{"My server":{"command":"x",
        "args":["--api-key","s3cret-0","--token=s3cret-1","-y","--dsn","pg://u:s3cret-2@h/d","s3cret-long-enough-3","plain"],
        "env":{"GITHUB_TOKEN":"s3cret-4","LEVEL":"debug"}},
      "far":{"url":"http://h/mcp?key=s3cret-5","headers":{"Authorization":"Bearer s3cret-6"}}}}"#;
    let (profile, text) = made(&[(".mcp.json", config), (".gitignore", ".mcp.json\n")]).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    let server = &profile.servers[0];
    assert_eq!(server.name, "my_server");
    assert_eq!(server.command[1..3], ["--api-key", "{{MY_SERVER_API_KEY}}"]);
    assert_eq!(server.command.last().unwrap(), "plain");
    assert_eq!(server.env[1], ("LEVEL".to_owned(), "debug".to_owned()));
    assert_eq!(profile.servers[1].headers[0].1, "Bearer {{FAR_AUTHORIZATION}}");
}

#[test]
fn a_clients_file_that_starts_what_is_built_here_brings_the_build_along() {
    let package = format!(r#"{{"bin":"dist/i.js","scripts":{{"build":"tsc"}},{SDK}}}"#);
    let own = r#"{"mcpServers":{"a":{"command":"node","args":["dist/i.js"]},"b":{"command":"node","args":["dist/i.js","b"]}}}"#;
    let ignore = (".gitignore", "node_modules\ndist\n");
    let files = [("package.json", package.as_str()), (".mcp.json", own), ignore];
    let (profile, text) = made(&files).unwrap();
    assert_eq!(profile.mcp_config.unwrap().path, ".mcp.json");
    assert!(profile.setup[0].command[2].ends_with("npm run build"), "{text}");
    let (_, text) = made(&files[..2]).unwrap();
    assert!(text.contains("must be installed in the clone first"), "{text}");
}

#[test]
fn servers_that_our_gateway_cannot_reach_are_left_out_and_named() {
    let far = r#""far":{"url":"https://h/mcp"}"#;
    let both = format!(r#"{{"mcpServers":{{{far},"near":{{"command":"npx"}}}}}}"#);
    let (profile, text) = made(&[(".mcp.json", &both)]).unwrap();
    assert_eq!(profile.mcp_config.unwrap().servers, ["near"]);
    assert!(text.contains("# - far is left out"), "{text}");
    let only = format!(r#"{{"mcpServers":{{{far}}}}}"#);
    let cause = made(&[(".mcp.json", &only)]).unwrap_err();
    assert!(cause.evidence[0].contains("https"), "{:?}", cause.evidence);
}

#[test]
fn paths_of_the_authors_machine_are_the_clones() {
    let list = r#"{"mcpServers":{"a":{"command":"/home/dev/proj/scripts/a.sh","args":["mcp"]}}}"#;
    let (profile, text) = made(&[(".mcp.json", list), ("scripts/a.sh", "")]).unwrap();
    assert_eq!(profile.servers[0].command, ["{{STELAE_DIR}}/scripts/a.sh", "mcp"]);
    assert!(text.contains("is of its author's machine"), "{text}");
}

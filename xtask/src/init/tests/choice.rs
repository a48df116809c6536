//! Tests of what is taken of all that a repository has, and of what is not.

use smoke_core::cause::Code;

use super::{SDK, laid_out, made};
use crate::init::init;

#[test]
fn what_is_no_stack_is_refused_and_a_profile_is_never_overwritten() {
    let cause =
        made(&[("package.json", "{\"dependencies\":{}}"), ("mcp.json", "not json")]).unwrap_err();
    assert_eq!(cause.code, Code::Usage);
    assert!(cause.summary.contains("pyproject.toml"), "{}", cause.summary);
    let cause =
        made(&[("smoke.toml", "mine"), ("package.json", &format!("{{{SDK}}}"))]).unwrap_err();
    assert!(cause.summary.contains("stays as it is"), "{}", cause.summary);
}

#[test]
fn a_repository_that_is_a_server_is_tested_and_not_what_it_has_published() {
    let package = format!(r#"{{"bin":"i.js",{SDK}}}"#);
    let published = r#"{"mcpServers":{"a":{"command":"npx","args":["-y","mine@latest"]}}}"#;
    let files = [("package.json", package.as_str()), (".mcp.json", published), ("i.js", "")];
    let (profile, text) = made(&files).unwrap();
    assert!(profile.mcp_config.is_none(), "{text}");
    assert!(text.contains("also found: .mcp.json, which lists a"), "{text}");
    let (profile, _) = made(&files[1..]).unwrap();
    assert_eq!(profile.mcp_config.unwrap().path, ".mcp.json");
}

#[test]
fn what_documents_say_of_the_package_is_how_it_is_started() {
    let package =
        format!(r#"{{"name":"@x/mine","bin":"dist/i.js","scripts":{{"build":"tsc"}},{SDK}}}"#);
    let readme = "```json\n{\"mcpServers\":{\"mine\":{\"command\":\"npx\",\"args\":[\"-y\",\"@x/mine\",\"serve\",\"--root\",\
                  \"/path/to/your/folder\",\"--token\",\"<YOUR_TOKEN>\"],\"env\":{\"MINE_REGION\":\"eu\"}},\
                  \"other\":{\"command\":\"npx\",\"args\":[\"-y\",\"other\"]}}}\n```\n";
    let ignore = (".gitignore", "node_modules/\ndist/\n");
    let server = r#"{"packages":[{"identifier":"@x/mine","environmentVariables":[{"name":"MINE_KEY","isRequired":true}]}]}"#;
    let files = [
        ("package.json", package.as_str()),
        ("README.md", readme),
        ("server.json", server),
        ignore,
    ];
    let (profile, text) = made(&files).unwrap();
    let expected = [
        "node",
        "dist/i.js",
        "serve",
        "--root",
        "{{STELAE_DIR}}",
        "--token",
        "{{TOKEN:-stand-in}}",
    ];
    assert_eq!(profile.gateway.command, expected, "{text}");
    assert_eq!(profile.gateway.env, [("MINE_KEY".to_owned(), "{{MINE_KEY:-stand-in}}".to_owned())]);
    assert!(text.contains("# MINE_REGION = ") && !text.contains("eu\""), "{text}");
    assert!(text.contains("# - started as README.md says"), "{text}");
}

#[test]
fn what_speaks_of_mcp_and_is_no_server_is_said() {
    let member =
        "[package]\nname = \"a\"\n[dependencies]\nsdk = { package = \"rmcp\", version = \"1\" }\n";
    let cause = made(&[
        ("a/Cargo.toml", member),
        ("a/src/lib.rs", ""),
        ("requirements.txt", "fastmcp\n"),
        (".mcp.json", "{\"mcpServers\":{}}"),
    ])
    .unwrap_err();
    let said = cause.evidence.join("\n");
    for line in [
        "a/Cargo.toml depends on rmcp and makes no program",
        "requirements.txt depends on fastmcp, and no",
        ".mcp.json is there and lists no server",
    ] {
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn from_takes_another_one_than_the_likeliest() {
    let package = format!(r#"{{"bin":"i.js",{SDK}}}"#);
    let files = [
        ("a/package.json", package.as_str()),
        ("a/i.js", ""),
        ("b/package.json", &package),
        ("b/i.js", ""),
    ];
    let (_folder, root, environment) = laid_out(&files);
    init(&root, &environment, Some("b/package.json")).unwrap();
    let text = std::fs::read_to_string(root.join("smoke.toml")).unwrap();
    assert!(text.contains("b/i.js") && text.contains("--from a/package.json"), "{text}");
    let (_folder, root, environment) = laid_out(&files);
    assert!(
        init(&root, &environment, Some("c")).is_err_and(|cause| cause.summary.starts_with("c in "))
    );
}

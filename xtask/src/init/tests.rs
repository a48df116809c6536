use camino::Utf8PathBuf;

use super::*;
use crate::profile::{Profile, Transport};

/// Writes the files into a folder, makes a profile of them, and reads it back.
fn made(files: &[(&str, &str)]) -> Result<(Profile, String), Cause> {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    let git = std::process::Command::new("git").args(["init", "-q"]).current_dir(&root).status();
    assert!(git.unwrap().success());
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut environment = Environment::inherited();
    crate::git::forget_repository(&mut environment).unwrap();
    init(&root, &environment)?;
    let text = std::fs::read_to_string(root.join("smoke.toml")).unwrap();
    Ok((profile::read(&root.join("smoke.toml"), &text).unwrap(), text))
}

const SDK: &str = r#""dependencies":{"@modelcontextprotocol/sdk":"^1"}"#;

#[test]
fn a_node_package_is_installed_as_its_lock_file_says() {
    let package =
        format!(r#"{{"bin":{{"x":"./dist/index.js"}},"scripts":{{"build":"tsc"}},{SDK}}}"#);
    let ignore = (".gitignore", "node_modules\ndist\n");
    let files = [("package.json", package.as_str()), ("package-lock.json", "{}"), ignore];
    let (profile, _) = made(&files).unwrap();
    assert_eq!(profile.setup[0].command[2], "npm ci && npm run build");
    assert!(profile.setup[0].inputs.is_empty());
    assert_eq!(profile.gateway.command, ["node", "dist/index.js"]);
    assert_eq!(profile.gateway.transport, Transport::Stdio);
}

#[test]
fn a_package_whose_modules_git_would_see_is_installed_into_a_copy() {
    let package = format!(r#"{{"bin":"dist/index.js","scripts":{{"prepare":"tsc"}},{SDK}}}"#);
    let (profile, text) = made(&[("package.json", &package), ("dist/index.js", "")]).unwrap();
    assert_eq!(profile.setup[0].inputs, ["dist", "package.json"]);
    assert_eq!(profile.gateway.command[1], "{{SMOKE_SETUP_NODE}}/dist/index.js");
    assert!(profile.setup[0].command[2].ends_with(" --ignore-scripts"));
    assert!(text.contains("# - there is no lock file"), "{text}");
}

#[test]
fn a_package_of_a_larger_repository_is_found() {
    let package = format!(r#"{{"bin":"i.js",{SDK}}}"#);
    let files = [
        ("package.json", "{}"),
        ("packages/a b/package.json", &package),
        ("packages/a b/i.js", ""),
        (".gitignore", "node_modules"),
    ];
    let (profile, _) = made(&files).unwrap();
    assert_eq!(profile.setup[0].cwd.as_deref(), Some("packages/a b"));
    assert_eq!(profile.gateway.command, ["node", "packages/a b/i.js"]);
}

#[test]
fn a_python_project_runs_the_script_that_is_called_as_it_is() {
    let project = "[project]\nname = \"mine\"\ndependencies = [\"mcp[cli]>=1.2\"]\n\
                   [project.scripts]\nother = \"a:b\"\nmine = \"a:c\"\n";
    let (profile, _) = made(&[("pyproject.toml", project), ("src/a.py", "")]).unwrap();
    assert_eq!(profile.setup[0].inputs, ["pyproject.toml", "src"]);
    assert_eq!(profile.gateway.command, ["{{SMOKE_SETUP_PYTHON}}/venv/bin/mine"]);
}

#[test]
fn a_file_with_requirements_beside_it_is_run() {
    let files =
        [("requirements.txt", "# x\nfastmcp==2.1\n"), ("server.py", "from fastmcp import FastMCP")];
    let (profile, _) = made(&files).unwrap();
    assert_eq!(profile.gateway.command[1], "server.py");
    assert_eq!(profile.setup[0].inputs, ["requirements.txt"]);
}

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
      "far":{"url":"https://h/mcp?key=s3cret-5","headers":{"Authorization":"Bearer s3cret-6"}}}}"#;
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
fn what_is_no_stack_is_refused_and_a_profile_is_never_overwritten() {
    let cause =
        made(&[("package.json", "{\"dependencies\":{}}"), ("mcp.json", "not json")]).unwrap_err();
    assert_eq!(cause.code, Code::Usage);
    assert!(cause.summary.contains("pyproject.toml"), "{}", cause.summary);
    let cause =
        made(&[("smoke.toml", "mine"), ("package.json", &format!("{{{SDK}}}"))]).unwrap_err();
    assert!(cause.summary.contains("stays as it is"), "{}", cause.summary);
}

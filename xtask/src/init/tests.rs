//! Tests of first profiles, on small repositories.

use camino::Utf8PathBuf;
use smoke_record::profile::{Profile, Transport};

use super::*;
use smoke_record::profile;

/// Files, by name and text.
type Files<'a> = &'a [(&'a str, &'a str)];

/// A repository of these files.
pub fn laid_out(files: &[(&str, &str)]) -> (tempfile::TempDir, Utf8PathBuf, Environment) {
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
    smoke_core::git::forget_repository(&mut environment).unwrap();
    (folder, root, environment)
}

/// Makes a profile of the files, and reads it back.
fn made(files: &[(&str, &str)]) -> Result<(Profile, String), Cause> {
    let (_folder, root, environment) = laid_out(files);
    init(&root, &environment, None)?;
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
fn a_server_that_only_knows_how_to_listen_is_reached_at_its_port() {
    let package = format!(r#"{{"bin":"i.js",{SDK}}}"#);
    let ignore = (".gitignore", "node_modules");
    let with = |source: &str| {
        made(&[("package.json", &package), ("i.js", source), ignore]).unwrap().0.gateway.transport
    };
    let listens = "new StreamableHTTPServerTransport({}); app.listen(3000)";
    assert_eq!(with(listens), Transport::Http);
    assert_eq!(with(&format!("{listens}; new StdioServerTransport()")), Transport::Stdio);
    let files = [("requirements.txt", "fastmcp\n"), ("app.py", "app = mcp.http_app()\n")];
    let (profile, text) = made(&files).unwrap();
    assert_eq!(profile.gateway.transport, Transport::Http, "{text}");
    assert!(text.contains("PORT = \"{{PROXY_PORT}}\""), "{text}");
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
fn a_module_of_go_is_built_from_the_command_that_is_called_as_it_is() {
    let module =
        "module example.org/x/server\n\nrequire (\n\tgithub.com/mark3labs/mcp-go v0.32.0\n)\n";
    let files = [
        ("sub/go.mod", module),
        ("sub/cmd/other/main.go", ""),
        ("sub/cmd/server/main.go", ""),
        ("go.mod", "module x\nrequire github.com/mark3labs/mcp-go v0.32.0 // indirect\n"),
    ];
    let (profile, text) = made(&files).unwrap();
    let build = profile.gateway.build.unwrap();
    assert_eq!(build.command[..4], ["go", "build", "-C", "sub"]);
    assert_eq!(build.command.last().unwrap(), "./cmd/server");
    assert!(build.command.contains(&build.output), "{text}");
    assert_eq!(profile.gateway.command, ["{{SMOKE_GATEWAY_BIN}}"]);
}

#[test]
fn a_crate_is_built_as_its_lock_file_says() {
    let workspace = "[workspace]\nmembers = [\"a\", \"b\"]\n";
    let member = "[package]\nname = \"b\"\n[dependencies]\nrmcp = { workspace = true }\n";
    let files = [
        ("Cargo.toml", workspace),
        ("Cargo.lock", ""),
        ("b/Cargo.toml", member),
        ("b/src/main.rs", ""),
    ];
    let (profile, _) = made(&files).unwrap();
    let build = profile.gateway.build.unwrap();
    assert!(build.command.contains(&"--locked".to_owned()));
    assert!(build.command.contains(&"b/Cargo.toml".to_owned()));
    assert_eq!(build.output, "{{SMOKE_BUILD_DIR}}/cargo/debug/b");
    // A library is no server.
    assert!(made(&[("Cargo.toml", member), ("src/lib.rs", "")]).is_err());
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
fn a_package_of_a_workspace_is_installed_by_the_lock_file_above_it() {
    let package = format!(r#"{{"bin":"i.js","scripts":{{"build":"tsc"}},{SDK}}}"#);
    let base = r#"{"workspaces":["p/*"]}"#;
    let named = r#"{"workspaces":["p/*"],"packageManager":"pnpm@9.1.2+sha512.ab"}"#;
    let berry = r#"{"workspaces":["p/*"],"packageManager":"yarn@4.5.0"}"#;
    let table = [
        (base, "package-lock.json", "", "npm ci && npm --prefix p/a run build"),
        (
            base,
            "pnpm-lock.yaml",
            "lockfileVersion: '6.0'\n",
            "npx --yes pnpm@8 install --frozen-lockfile && \
             npx --yes pnpm@8 --filter '{p/a}...' run build",
        ),
        (
            named,
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\n",
            "npx --yes pnpm@9.1.2 install --frozen-lockfile && \
             npx --yes pnpm@9.1.2 --filter '{p/a}...' run build",
        ),
        (
            base,
            "yarn.lock",
            "# yarn lockfile v1\n",
            "npx --yes yarn@1 install --frozen-lockfile && cd p/a && npx --yes yarn@1 run build",
        ),
        (
            berry,
            "yarn.lock",
            "__metadata:\n",
            "YARN_NODE_LINKER=node-modules npx --yes @yarnpkg/cli-dist@4.5.0 install --immutable && \
             cd p/a && npx --yes @yarnpkg/cli-dist@4.5.0 run build",
        ),
    ];
    for (above, lock, text, expected) in table {
        let ignore = (".gitignore", "node_modules\ni.js\n");
        let files = [("package.json", above), (lock, text), ("p/a/package.json", &package), ignore];
        let (profile, _) = made(&files).unwrap();
        assert_eq!(profile.setup[0].command[2], expected);
        assert_eq!(
            (&profile.setup[0].cwd, &profile.gateway.command[1]),
            (&None, &"p/a/i.js".into())
        );
    }
}

#[test]
fn what_is_built_where_git_would_see_it_is_built_in_a_copy() {
    let package = format!(r#"{{"bin":"build/i.js","scripts":{{"build":"tsc"}},{SDK}}}"#);
    let files = [("package.json", package.as_str()), (".gitignore", "node_modules\n")];
    let (profile, _) = made(&files).unwrap();
    assert_eq!(profile.gateway.command[1], "{{SMOKE_SETUP_NODE}}/build/i.js");
}

#[test]
fn a_python_project_is_installed_by_its_lock_file() {
    let project = "[project]\nname = \"mine\"\ndependencies = [\"mcp\"]\n\
                   [project.scripts]\nmine = \"a:c\"\n[build-system]\nrequires = [\"hatch-vcs\"]\n";
    for (lock, expected) in [
        ("uv.lock", "uv sync --frozen --no-dev --python {{PYTHON}} --project ."),
        ("poetry.lock", "poetry install --only main --project ."),
    ] {
        let (profile, text) = made(&[("pyproject.toml", project), (lock, "")]).unwrap();
        let script = &profile.setup[0].command[2];
        assert!(script.ends_with(expected), "{script}");
        assert!(script.starts_with("export SETUPTOOLS_SCM_PRETEND_VERSION=0 && "), "{script}");
        assert_eq!(profile.gateway.command, ["{{SMOKE_SETUP_PYTHON}}/.venv/bin/mine"]);
        assert!(!text.contains("pinned"), "{text}");
    }
    let (profile, _) = made(&[("p/pyproject.toml", project), ("uv.lock", "")]).unwrap();
    let script = &profile.setup[0].command[2];
    assert!(script.ends_with("--python {{PYTHON}} --package mine --project ."), "{script}");
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
fn modules_that_are_not_there_yet_are_known_to_be_ignored_as_a_folder() {
    let package = format!(r#"{{"bin":"i.js",{SDK}}}"#);
    let files =
        [("package.json", package.as_str()), ("i.js", ""), (".gitignore", "node_modules/\n")];
    let (profile, text) = made(&files).unwrap();
    assert!(profile.setup[0].inputs.is_empty(), "{text}");
}

#[test]
fn paths_of_the_authors_machine_are_the_clones() {
    let list = r#"{"mcpServers":{"a":{"command":"/home/dev/proj/scripts/a.sh","args":["mcp"]}}}"#;
    let (profile, text) = made(&[(".mcp.json", list), ("scripts/a.sh", "")]).unwrap();
    assert_eq!(profile.servers[0].command, ["{{STELAE_DIR}}/scripts/a.sh", "mcp"]);
    assert!(text.contains("is of its author's machine"), "{text}");
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
fn a_python_file_that_only_makes_a_server_is_run_by_the_sdks_tool() {
    let makes = "from fastmcp import FastMCP\nmcp = FastMCP('a')\n";
    let (profile, text) =
        made(&[("requirements.txt", "fastmcp==2.1\n"), ("tools/server.py", makes)]).unwrap();
    let expected = ["{{SMOKE_SETUP_PYTHON}}/venv/bin/fastmcp", "run", "tools/server.py"];
    assert_eq!(profile.gateway.command, expected, "{text}");
    let runs =
        format!("{makes}if __name__ == '__main__':\n    mcp.run(transport=\"streamable-http\")\n");
    let (profile, _) =
        made(&[("requirements.txt", "fastmcp==2.1\n"), ("server.py", &runs)]).unwrap();
    assert_eq!(profile.gateway.transport, Transport::Http);
    assert_eq!(profile.gateway.env[0].0, "FASTMCP_PORT");
}

#[test]
fn other_kinds_of_packages_are_drafted_by_what_their_files_tell() {
    let pom = "<project><artifactId>a</artifactId><version>1</version><dependencies><dependency>\n<artifactId>spring-ai-mcp-server</artifactId>\n</dependency></dependencies></project>";
    let net = "<Project><OutputType>Exe</OutputType><PackageReference Include=\"ModelContextProtocol\" /></Project>";
    let deno = r#"{"imports":{"@mcp/sdk":"npm:@modelcontextprotocol/sdk"},"tasks":{"start":"deno run -A main.ts"}}"#;
    let php = r#"{"require":{"php-mcp/server":"^3"},"bin":["serve.php"]}"#;
    let table: [(Files, &[&str]); 5] = [
        (&[("pom.xml", pom)], &["java", "-jar", "target/a-1.jar"]),
        (&[("A/A.csproj", net)], &["dotnet", "{{SMOKE_SETUP_DOTNET}}/published/A.dll"]),
        (
            &[("deno.json", deno), ("main.ts", "")],
            &["npx", "--yes", "deno", "run", "--allow-all", "main.ts"],
        ),
        (&[("composer.json", php), ("serve.php", "")], &["php", "serve.php"]),
        (
            &[("Gemfile", "gem 'mcp'\n"), ("server.rb", "require 'mcp'\n")],
            &["bundle", "exec", "ruby", "server.rb"],
        ),
    ];
    for (files, command) in table {
        let (profile, text) = made(files).unwrap();
        assert_eq!(profile.gateway.command, command, "{text}");
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

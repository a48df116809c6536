//! Tests of packages of other kinds.

use smoke_record::profile::Transport;

use super::{SDK, made};

/// Files, by name and text.
type Files<'a> = &'a [(&'a str, &'a str)];

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

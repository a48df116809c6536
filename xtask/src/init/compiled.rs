//! A go.mod or a Cargo.toml that depends on an MCP SDK: a server that is one program, once it is built.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use smoke_core::toml;
use toml_edit::{Document, Item};

use super::repository::Repository;
use super::text::Draft;

/// The modules of Go that make a server.
const GO_SDKS: [&str; 3] = [
    "github.com/modelcontextprotocol/go-sdk",
    "github.com/mark3labs/mcp-go",
    "github.com/metoro-io/mcp-golang",
];
/// The crates that make a server.
const RUST_SDKS: [&str; 2] = ["rmcp", "rust-mcp-sdk"];

/// The draft for the module of Go whose file is at `path`, if it is a server.
pub fn go(repository: &Repository, path: &Utf8Path) -> Option<Draft> {
    const OUTPUT: &str = "{{SMOKE_WORKSPACE}}/built-server";
    let text = repository.read(path)?;
    let required = |sdk: &&&str| {
        let names = |line: &str| !line.contains("// indirect") && requires(line, sdk);
        text.lines().any(names)
    };
    let sdk = GO_SDKS.iter().find(required)?;
    let module = text.lines().find_map(|line| line.strip_prefix("module "))?.trim();
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let package = main_package(repository, folder, module)?;
    let mut command = vec!["go", "build"];
    if folder != "" {
        command.extend(["-C", folder.as_str()]);
    }
    command.extend(["-trimpath", "-o", OUTPUT, package.as_str()]);
    Some(draft(path, sdk, &command, OUTPUT))
}

/// Whether a line of a go.mod requires the module, alone or in a list.
fn requires(line: &str, module: &str) -> bool {
    let mut words = line.split_whitespace().skip_while(|word| *word == "require");
    words.next() == Some(module) && words.next().is_some()
}

/// The package that is a program: the root of the module, else the one of `cmd` that is called as it is,
/// else the first there.
fn main_package(repository: &Repository, folder: &Utf8Path, module: &str) -> Option<Utf8PathBuf> {
    if repository.has(&folder.join("main.go")) {
        return Some(".".into());
    }
    let commands = repository.entries(&folder.join("cmd")).into_iter().map(Utf8PathBuf::from);
    let commands: Vec<Utf8PathBuf> =
        commands.filter(|command| repository.has(&command.join("main.go"))).collect();
    let same =
        |command: &&Utf8PathBuf| module.split('/').any(|part| command.file_name() == Some(part));
    let found = commands.iter().find(same).or(commands.first())?;
    Some(Utf8Path::new(".").join(found.strip_prefix(folder).ok()?))
}

/// The draft for the crate whose file is at `path`, if it is a server.
pub fn rust(repository: &Repository, path: &Utf8Path) -> Option<Draft> {
    const TARGET: &str = "{{SMOKE_BUILD_DIR}}/cargo";
    let text = repository.read(path)?;
    let manifest = toml::parse(&text).ok()?;
    let dependencies = manifest.as_item().get("dependencies")?;
    let sdk = RUST_SDKS.iter().find(|sdk| dependencies.get(sdk).is_some())?;
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let program = program(repository, folder, &manifest)?;
    let mut command = vec!["cargo", "build", "--target-dir", TARGET];
    if folder.ancestors().any(|base| repository.has(&base.join("Cargo.lock"))) {
        command.push("--locked");
    }
    command.extend(["--manifest-path", path.as_str(), "--bin", &program]);
    Some(draft(path, sdk, &command, &format!("{TARGET}/debug/{program}")))
}

/// The program of a crate that is meant: the one it names itself, else its first.
fn program<S: AsRef<str>>(
    repository: &Repository,
    folder: &Utf8Path,
    manifest: &Document<S>,
) -> Option<String> {
    let name = |item: &Item, key: &str| item.get(key).and_then(Item::as_str).map(str::to_owned);
    let package = manifest.as_item().get("package")?;
    let listed = manifest.as_item().get("bin").and_then(Item::as_array_of_tables);
    let listed = listed.and_then(|bins| bins.get(0)?.get("name")?.as_str().map(str::to_owned));
    let main = || {
        let main = repository.has(&folder.join("src/main.rs"));
        main.then(|| name(package, "name")).flatten()
    };
    let other = || {
        let files = repository.entries(&folder.join("src/bin")).into_iter();
        let stems = files.map(|file| Utf8PathBuf::from(file).file_stem().map(str::to_owned));
        stems.flatten().next()
    };
    name(package, "default-run").or(listed).or_else(main).or_else(other)
}

fn draft(path: &Utf8Path, sdk: &str, command: &[&str], output: &str) -> Draft {
    let table = json!("{{SMOKE_GATEWAY_BIN}}");
    let gateway = format!("[gateway]\ntransport = \"stdio\"\ncommand = [{table}]\n");
    let build =
        format!("[gateway.build]\ncommand = {}\noutput = {}\n", json!(command), json!(output));
    Draft {
        found: format!("{path}, which depends on {sdk}"),
        tables: format!("{gateway}\n{build}"),
        notes: vec![
            "what the server is started with, such as a folder, belongs into `command`".into(),
        ],
        ..Draft::default()
    }
}

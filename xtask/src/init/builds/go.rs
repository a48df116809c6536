//! A go.mod: the module's program, built by go.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::{Read, names, reason};
use crate::init::package::{Package, Program};
use crate::init::repository::Repository;

/// The modules that make a server.
const SDKS: [&str; 4] = [
    "github.com/modelcontextprotocol/go-sdk",
    "github.com/mark3labs/mcp-go",
    "github.com/metoro-io/mcp-golang",
    "github.com/ThinkInAIXYZ/go-mcp",
];
/// What the build makes.
const OUTPUT: &str = "{{SMOKE_WORKSPACE}}/built-server";

/// Reads the module at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let Some(module) = text.lines().find_map(|line| line.strip_prefix("module ")).map(str::trim)
    else {
        return Read::Other;
    };
    let direct = text.lines().filter(|line| !line.contains("// indirect"));
    let depends: Vec<String> = direct.filter_map(required).collect();
    let Some((because, sureness)) = reason(&depends, &SDKS, &[module]) else { return Read::Other };
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let Some(package) = main_package(repository, folder, module) else {
        return Read::Refused(format!("{path} {because} and has no main package"));
    };
    let mut command = vec!["go", "build"];
    if folder != "" {
        command.extend(["-C", folder.as_str()]);
    }
    command.extend(["-trimpath", "-o", OUTPUT, package.as_str()]);
    let last = module.rsplit('/').find(|part| !is_version(part)).unwrap_or(module);
    let name = package.file_name().filter(|name| *name != ".").unwrap_or(last);
    let install =
        format!("[gateway.build]\ncommand = {}\noutput = {}\n", json!(command), json!(OUTPUT));
    let gateway = vec!["{{SMOKE_GATEWAY_BIN}}".to_owned()];
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness,
        names: names(repository, path, &[last, name]),
        programs: vec![Program { name: name.to_owned(), file: None, command: gateway }],
        is_declared: true,
        install,
        requires: vec!["go".to_owned()],
        ..Package::default()
    })
}

/// The module that a line of a go.mod requires, alone or in a list.
fn required(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|word| *word == "require");
    let module = words.next().filter(|module| module.contains('/'))?;
    words.next().filter(|version| version.starts_with('v')).map(|_| module.to_owned())
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok())
}

/// The package that is a program: the root of the module, else the one of `cmd` that is called as it is,
/// else the first there.
fn main_package(repository: &Repository, folder: &Utf8Path, module: &str) -> Option<Utf8PathBuf> {
    let is_main = |path: &Utf8Path| {
        let file = repository.has(&path.join("main.go"));
        file || repository.entries(path).iter().any(|name| {
            name.ends_with(".go")
                && repository
                    .read(Utf8Path::new(name))
                    .is_some_and(|text| text.contains("\nfunc main()"))
        })
    };
    if is_main(folder) {
        return Some(".".into());
    }
    let commands = repository.entries(&folder.join("cmd")).into_iter().map(Utf8PathBuf::from);
    let commands: Vec<Utf8PathBuf> = commands.filter(|command| is_main(command)).collect();
    let same =
        |command: &&Utf8PathBuf| module.split('/').any(|part| command.file_name() == Some(part));
    let server = |command: &&Utf8PathBuf| {
        command.file_name().is_some_and(|name| super::speaks(name) || name.contains("server"))
    };
    let found =
        commands.iter().find(same).or_else(|| commands.iter().find(server)).or(commands.first())?;
    Some(Utf8Path::new(".").join(found.strip_prefix(folder).ok()?))
}

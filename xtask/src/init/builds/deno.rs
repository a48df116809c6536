//! A deno.json: run by deno, which npx brings where the machine has none.

use camino::Utf8Path;
use serde_json::Value;
use smoke_mcp::listing;

use super::{Read, names, speaks};
use crate::init::command_line;
use crate::init::package::{Package, Program, Runner, Sureness};
use crate::init::repository::Repository;

/// Reads the package at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let Ok(config) = serde_json::from_str::<Value>(&listing::without_comments(text)) else {
        return Read::Other;
    };
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let imports = config["imports"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, to)| format!("{name} {to}"));
    let sdk = imports.into_iter().find(|import| speaks(import));
    let name = config["name"].as_str().unwrap_or_default();
    let Some(because) = sdk
        .map(|import| format!("imports {}", import.split(' ').next().unwrap_or_default()))
        .or_else(|| speaks(name).then(|| format!("is called {name}")))
    else {
        return Read::Other;
    };
    let deno = ["npx", "--yes", "deno", "run", "--allow-all"].map(str::to_owned).to_vec();
    let tasks = config["tasks"].as_object().into_iter().flatten();
    let tasks = tasks.filter_map(|(name, task)| Some((name.as_str(), task.as_str()?)));
    let started = tasks.filter(|(name, _)| ["start", "mcp", "serve", "dev"].contains(name));
    let started = started.filter_map(|(_, task)| match command_line::of_text(task)?.asked {
        command_line::Asked::File(file) => Some(folder.join(file.trim_start_matches("./"))),
        _ => None,
    });
    let usual = ["main.ts", "mod.ts", "server.ts", "src/main.ts", "src/index.ts", "index.ts"]
        .map(|name| folder.join(name));
    let exported =
        config["exports"].as_str().map(|file| folder.join(file.trim_start_matches("./")));
    let files = started.chain(usual).chain(exported).filter(|file| repository.has(file));
    let programs: Vec<Program> = files
        .map(|file| Program {
            name: file.file_stem().unwrap_or_default().to_owned(),
            command: [&deno[..], &[file.to_string()]].concat(),
            file: Some(file),
        })
        .collect();
    if programs.is_empty() {
        return Read::unstartable(path, &because);
    }
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness: Sureness::Related,
        names: names(repository, path, &[name]),
        programs,
        runner: Runner { file: deno, ..Runner::default() },
        in_clone: true,
        ..Package::default()
    })
}

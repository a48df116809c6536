//! A composer.json: installed by composer, and run by php.

use camino::Utf8Path;
use serde_json::Value;

use super::{Read, names, reason};
use crate::init::package::{Package, Program, Runner};
use crate::init::repository::{Repository, is_aside};
use crate::init::script::{setup, shell};

/// The packages that make a server.
const SDKS: [&str; 4] = ["mcp/sdk", "php-mcp/server", "logiscape/mcp-sdk-php", "laravel/mcp"];

/// Reads the package at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let Ok(package) = serde_json::from_str::<Value>(text) else { return Read::Other };
    let depends =
        package["require"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
    let depends: Vec<String> = depends.collect();
    let name = package["name"].as_str().unwrap_or_default();
    let Some((because, sureness)) = reason(&depends, &SDKS, &[name]) else { return Read::Other };
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let programs = programs(repository, folder, &package);
    if programs.is_empty() {
        return Read::unstartable(path, &because);
    }
    let composer = if repository.has(&folder.join("composer.lock")) { "install" } else { "update" };
    let install = format!("composer {composer} --no-interaction --no-progress");
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness,
        names: names(repository, path, &[name]),
        programs,
        runner: Runner { file: vec!["php".to_owned()], ..Runner::default() },
        install: setup("php", &shell(&install), &[], folder.as_str()),
        in_clone: true,
        requires: vec!["php".to_owned(), "composer".to_owned()],
        ..Package::default()
    })
}

/// The programs that the package names, then the files that usually start a server.
fn programs(repository: &Repository, folder: &Utf8Path, package: &Value) -> Vec<Program> {
    let bins = match &package["bin"] {
        Value::String(file) => vec![file.clone()],
        Value::Array(files) => {
            files.iter().filter_map(|file| file.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let starts = |path: &&Utf8Path| {
        let is_script = path.extension() == Some("php")
            && path.strip_prefix(folder).is_ok_and(|below| below.components().count() < 3);
        is_script
            && !is_aside(path)
            && repository.read(path).is_some_and(|text| {
                text.contains("StdioServerTransport")
                    || text.contains("StdioTransport")
                    || text.contains("STDIN")
            })
    };
    let files = repository.below(folder).filter(starts).map(ToOwned::to_owned);
    let program = |path: camino::Utf8PathBuf| Program {
        name: path.file_stem().unwrap_or_default().to_owned(),
        command: vec!["php".to_owned(), path.to_string()],
        file: Some(path),
    };
    bins.iter().map(|file| folder.join(file)).chain(files).map(program).collect()
}

//! A Gemfile: installed by bundler, and run by it.

use camino::Utf8Path;

use super::{Read, names, reason};
use crate::init::package::{Package, Program, Runner};
use crate::init::repository::Repository;
use crate::init::script::{setup, shell};

/// The gems that make a server.
const SDKS: [&str; 3] = ["mcp", "fast-mcp", "mcp-rb"];

/// Reads the package at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let specs: Vec<String> =
        repository.entries(folder).into_iter().filter(|name| name.ends_with(".gemspec")).collect();
    let spec =
        specs.first().and_then(|name| repository.read(Utf8Path::new(name))).unwrap_or_default();
    let all = format!("{text}\n{spec}");
    let gems = all.lines().filter(|line| line.contains("gem ") || line.contains("dependency"));
    let gems: Vec<String> =
        gems.filter_map(|line| line.split(['"', '\'']).nth(1).map(str::to_owned)).collect();
    let name = specs.first().and_then(|name| Utf8Path::new(name).file_stem()).unwrap_or_default();
    let Some((because, sureness)) = reason(&gems, &SDKS, &[name]) else { return Read::Other };
    let folders = ["exe", "bin"].map(|name| folder.join(name));
    let files = folders.iter().flat_map(|folder| repository.entries(folder));
    let files =
        files.chain(["server.rb", "main.rb", "app.rb"].map(|name| folder.join(name).into_string()));
    let run = ["bundle", "exec", "ruby"].map(str::to_owned).to_vec();
    let starts = |name: &String| {
        let text = repository.read(Utf8Path::new(name)).unwrap_or_default();
        !["setup", "console"].iter().any(|end| name.ends_with(end))
            && text.to_lowercase().contains("mcp")
    };
    let programs: Vec<Program> = files
        .filter(starts)
        .map(|name| Program {
            name: Utf8Path::new(&name).file_stem().unwrap_or_default().to_owned(),
            command: [&run[..], std::slice::from_ref(&name)].concat(),
            file: Some(name.into()),
        })
        .collect();
    if programs.is_empty() {
        return Read::unstartable(path, &because);
    }
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness,
        names: names(repository, path, &[name]),
        programs,
        runner: Runner { file: run, ..Runner::default() },
        install: setup(
            "ruby",
            &shell("BUNDLE_PATH=vendor/bundle bundle install"),
            &[],
            folder.as_str(),
        ),
        in_clone: true,
        requires: vec!["ruby".to_owned(), "bundle".to_owned()],
        ..Package::default()
    })
}

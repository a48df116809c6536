//! Holds what the documents link to and name to what there is: documents, headings, source files.

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::{between, documents, in_backticks, packages, read, root};

#[test]
fn relative_links_lead_somewhere() {
    for (path, text) in documents() {
        for link in between(&text, "](", ")") {
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => Utf8PathBuf::from(&path),
                file => Utf8Path::new(&path).parent().unwrap().join(file),
            };
            assert!(root().join(&target).exists(), "{path} links to {link}, which is not there");
            let found = heading.is_empty() || anchors(&read(target.as_str())).contains(heading);
            assert!(found, "{path} links to {link}, and {target} has no such heading");
        }
    }
}

/// The anchors of a document's headings, as they are made from the headings' text.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_document_is_linked_from_the_readme() {
    let readme = read("README.md");
    let others = documents().into_iter().map(|(path, _)| path).filter(|path| path != "README.md");
    let unlinked: Vec<String> =
        others.filter(|path| !readme.contains(&format!("]({path})"))).collect();
    assert_eq!(unlinked, [""; 0]);
}

#[test]
fn no_document_names_a_source_file_that_does_not_exist() {
    for (path, text) in documents() {
        let lines = text.lines().filter(|line| !line.starts_with("```"));
        for name in lines.flat_map(in_backticks).filter(|name| is_source(name)) {
            assert!(root().join(name).exists(), "{path} names `{name}`, which is not there");
        }
    }
}

/// Whether this is a path of the repository, and none of what a run or a person makes.
fn is_source(name: &str) -> bool {
    const FOLDERS: [&str; 8] = [
        ".ci/",
        ".cargo/",
        ".github/",
        "crates/",
        "tests/",
        "tools/bench/",
        "tools/dist/",
        "xtask/",
    ];
    let below = FOLDERS.iter().any(|folder| name.starts_with(folder));
    (below || name.ends_with(".rs")) && !name.contains([' ', '*'])
}

#[test]
fn the_architecture_names_modules_that_exist() {
    let document = read("docs/architecture.md");
    for paragraph in document.split("\n\n").filter(|text| text.starts_with("**`")) {
        let (package, text) = paragraph[3..].split_once('`').unwrap();
        for name in in_backticks(&text.replace('\n', " ")).filter(|name| is_module(name)) {
            let path = root().join(package).join("src").join(name);
            let is_there = path.is_dir() || path.with_extension("rs").exists();
            let is_package = packages().iter().any(|package| package.ends_with(name));
            assert!(is_there || is_package, "{package} has no module `{name}`");
        }
    }
}

fn is_module(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || "_/".contains(c)) && !name.starts_with('/')
}

#[test]
fn no_source_file_names_a_document_that_does_not_exist() {
    let folders = ["crates", "tests", "tools", "xtask", ".github"].map(|name| root().join(name));
    for file in folders.iter().flat_map(|folder| sources(folder)) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        for name in between(&text, "docs/", ".md") {
            let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let document = root().join(format!("docs/{name}.md"));
            assert!(!is_name || document.exists(), "{file} names docs/{name}.md");
        }
    }
}

/// The files below a folder that programs and their settings are made of.
fn sources(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let paths = folder.read_dir_utf8().unwrap().flatten().map(|entry| entry.into_path());
    let of = |path: Utf8PathBuf| match path.extension() {
        _ if path.is_dir() => sources(&path),
        Some("rs" | "toml" | "yml") => vec![path],
        _ => Vec::new(),
    };
    paths.flat_map(of).collect()
}

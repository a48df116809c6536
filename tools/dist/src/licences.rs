//! The licences of all that is linked, in one text: a list of packages, then each text once, with those
//! whose it is.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Result, bail};

use crate::linked::{Linked, Package};

/// How the names of files begin that have a licence, or what a licence asks to be passed on.
const NAMES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// The text. `own` has ours, whose words stand in for those that a package names and does not bring.
///
/// # Errors
/// A package brings no text, and names a licence whose words are not known here.
pub fn text(linked: &Linked, own: &[(&str, String)]) -> Result<String> {
    let mut text = format!(
        "# Licences of what is linked into these programs\n\nThe standard library of Rust {}: MIT OR Apache-2.0.\n\n",
        linked.compiler
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in &linked.packages {
        let name = format!("{} {}", package.name, package.version);
        text.push_str(&format!("- {name}: {}\n", package.licence));
        for found in of_package(package, own)? {
            texts.entry(found).or_default().push(name.clone());
        }
    }
    let mut texts: Vec<(String, Vec<String>)> = texts.into_iter().collect();
    texts.sort_by(|one, other| other.1.len().cmp(&one.1.len()).then(one.1.cmp(&other.1)));
    for (found, whose) in texts {
        text.push_str(&format!("\n## {}\n\n```text\n{found}\n```\n", whose.join(", ")));
    }
    Ok(text)
}

fn of_package(package: &Package, own: &[(&str, String)]) -> Result<Vec<String>> {
    let entries = package.folder.read_dir_utf8()?.flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.into_path()).collect();
    paths.sort();
    let is_licence = |name: &str| NAMES.iter().any(|start| name.to_lowercase().starts_with(start));
    let texts =
        paths.iter().filter(|path| path.is_file() && path.file_name().is_some_and(is_licence));
    let texts = texts.filter_map(|path| fs::read_to_string(path).ok());
    let mut texts: Vec<String> = texts.map(|text| text.trim().replace("\r\n", "\n")).collect();
    if texts.is_empty() {
        texts.push(known(package, own)?);
    }
    Ok(texts)
}

/// The words of a licence that everybody knows, for a package that only names it.
fn known(package: &Package, own: &[(&str, String)]) -> Result<String> {
    let Package { name, version, licence, authors, .. } = package;
    let words =
        |name: &str| own.iter().find(|(file, _)| *file == name).map(|(_, text)| text.trim());
    let authors =
        if authors.is_empty() { format!("the authors of {name}") } else { authors.join(", ") };
    match licence.split(" OR ").map(str::trim).find_map(|one| match one {
        "MIT" => words("LICENSE-MIT"),
        "Apache-2.0" => words("LICENSE-APACHE"),
        _ => None,
    }) {
        Some(text) => Ok(with_holder(text, &authors)),
        None => bail!("{name} {version} brings no text of its licence, which is {licence}"),
    }
}

/// The line of the copyright names who holds it.
fn with_holder(text: &str, authors: &str) -> String {
    let line = |line: &str| match line.starts_with("Copyright") {
        true => format!("Copyright {authors}"),
        false => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

//! The bench `xtask-cold`: what building this program from nothing costs, which is the first thing that a
//! newcomer waits for, as many times as the packages alone that were chosen for it.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::{DocumentMut, Item, Table, value};

use super::goal::Goal;
use super::measure::Cost;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// The packages that were chosen for this program before it was written; the others came later, and
/// each had to be worth its cost. `docs/architecture.md` has them all.
const CHOSEN: [&str; 7] =
    ["anyhow", "camino", "clap", "duct", "serde_json", "wait-timeout", "xshell"];

/// Counts the CPU seconds of two builds.
pub const BENCH: Bench = Bench {
    name: "xtask-cold",
    summary: "building xtask from nothing, against building the seven chosen packages alone",
    rounds: 3,
    goals: &[Goal::at_most("CPU of xtask / packages", 2.0)],
    needs: &[],
    set_up,
};

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let checkout = &subject.program.checkout;
    let alone = alone(subject)?;
    let xtask = ["build", "--quiet", "--locked", "--package", "xtask"];
    Ok(Box::new(move |_| {
        let packages = build(subject, &alone, &["build", "--quiet", "--offline"])?;
        let xtask = build(subject, checkout, &xtask)?;
        Ok(vec![
            Sample::seconds("xtask, CPU", xtask.cpu),
            Sample::seconds("packages, CPU", packages.cpu),
            Sample::ratio("CPU of xtask / packages", xtask.cpu, packages.cpu),
            Sample::seconds("xtask", xtask.seconds),
            Sample::seconds("packages", packages.seconds),
        ])
    }))
}

fn build(subject: &Subject, folder: &Utf8Path, arguments: &[&str]) -> Result<Cost> {
    let target = subject.place.path().join("cold");
    let into = ["--target-dir", target.as_str()];
    let cost = subject.place.run(&[&["cargo"], arguments, &into].concat(), folder)?;
    fs::remove_dir_all(&target).with_context(|| format!("remove {target}"))?;
    Ok(cost)
}

/// A package that needs only the chosen ones, in the versions and with the features and the build
/// profile of this program.
fn alone(subject: &Subject) -> Result<Utf8PathBuf> {
    let checkout = &subject.program.checkout;
    let read = |name: &str| {
        fs::read_to_string(checkout.join(name)).with_context(|| format!("read {name}"))
    };
    let folder = subject.place.folder("alone/src")?.with_file_name("");
    let manifest = manifest(&read("Cargo.toml")?)?;
    let files = [("Cargo.toml", manifest), ("Cargo.lock", read("Cargo.lock")?)];
    let main = ("src/main.rs", "fn main() {}\n".to_owned());
    for (name, text) in files.into_iter().chain([main]) {
        fs::write(folder.join(name), text).with_context(|| format!("write {name}"))?;
    }
    Ok(folder)
}

fn manifest(workspace: &str) -> Result<String> {
    let workspace: DocumentMut = workspace.parse().context("read Cargo.toml")?;
    let mut manifest = DocumentMut::new();
    let mut package = Table::new();
    for (key, text) in [("name", "alone"), ("version", "0.0.0"), ("edition", "2024")] {
        package.insert(key, value(text));
    }
    let mut dependencies = Table::new();
    for name in CHOSEN {
        let known = workspace.get("workspace").and_then(|item| item.get("dependencies"));
        let version = known.and_then(|known| known.get(name));
        let version = version.with_context(|| format!("Cargo.toml has no {name}"))?;
        dependencies.insert(name, version.clone());
    }
    manifest.insert("package", Item::Table(package));
    manifest.insert("dependencies", Item::Table(dependencies));
    let profile = workspace.get("profile").cloned();
    profile.into_iter().for_each(|profile| {
        manifest.insert("profile", profile);
    });
    Ok(manifest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_are_taken_as_the_program_has_them() {
        let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        let text = manifest(&fs::read_to_string(root).unwrap()).unwrap();
        let found: DocumentMut = text.parse().unwrap();
        assert_eq!(found["dependencies"].as_table().unwrap().len(), CHOSEN.len());
        assert!(text.contains("wrap_help") && text.contains("incremental = false"), "{text}");
        assert!(manifest("[workspace.dependencies]\nanyhow = \"1\"").is_err());
    }
}

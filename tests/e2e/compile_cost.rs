//! What the first run costs to compile: whoever clones this waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use smoke_tests::binaries::root;

/// The packages that one of ours is built from, each with the features that it is built with.
fn tree(package: &str) -> BTreeSet<(String, String)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let tree = ["tree", "--locked", "--offline", "--package", package, "--prefix", "none"];
    let kinds = ["--edges", "normal,build", "--format", "{p}|{f}"];
    let listed = Command::new(cargo).args(tree).args(kinds).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let text = String::from_utf8(listed.stdout).unwrap();
    let name = |package: &str| package.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)"));
    lines
        .filter_map(|line| line.split_once('|'))
        .map(|(p, features)| (name(p), features.to_owned()))
        .collect()
}

#[test]
fn xtask_needs_at_most_90_crates() {
    let crates: BTreeSet<String> = tree("xtask").into_iter().map(|(name, _)| name).collect();
    assert!((30..=90).contains(&crates.len()), "{} crates: {crates:#?}", crates.len());
    let heavy = crates
        .iter()
        .find(|name| ["tokio ", "rmcp ", "rustls "].iter().any(|h| name.starts_with(h)));
    assert_eq!(heavy, None);
}

/// What differs is compiled twice: `crates/features` is where it is made the same.
#[test]
fn what_xtask_and_the_stack_have_in_common_is_compiled_once() {
    let (xtask, stack) = (tree("xtask"), tree("stack"));
    let known: BTreeMap<&String, &String> = xtask.iter().map(|(name, of)| (name, of)).collect();
    let twice = stack.iter().filter(|(name, features)| {
        known.contains_key(name) && !xtask.contains(&(name.clone(), features.clone()))
    });
    let twice: Vec<_> =
        twice.map(|(name, of)| (name, "stack:", of, "xtask:", known[name])).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

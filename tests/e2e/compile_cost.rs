//! What xtask costs to compile, in crates: whoever clones this waits for it.

use std::collections::BTreeSet;
use std::process::Command;

use smoke_tests::binaries::root;

#[test]
fn xtask_needs_at_most_90_crates() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let tree = ["tree", "--locked", "--offline", "--package", "xtask", "--prefix", "none"];
    let kinds = ["--edges", "normal,build", "--format", "{p}"];
    let listed = Command::new(cargo).args(tree).args(kinds).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let text = String::from_utf8(listed.stdout).unwrap();
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let crates: BTreeSet<String> =
        text.lines().map(name).filter(|name| name.contains(' ')).collect();
    assert!((30..=90).contains(&crates.len()), "{} crates: {crates:#?}", crates.len());
}

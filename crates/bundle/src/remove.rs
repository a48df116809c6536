//! The removal of a bundle's servers from a config home.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::Result;

use crate::descriptor::Descriptor;
use crate::install::{finish, prepare_registry};
use crate::registry::Registry;
use crate::server::{ServerFiles, not_found};
use crate::summary::{Part, ServerEvent, Summary};
use crate::transaction::Transaction;
use crate::{Bundle, ConfigHome, InstallOptions, Lookup, guard, lock, sync};

/// Removes the bundle: its servers, and unless only some are chosen also its folder and all of its
/// install refs. A chosen server may also be one that the bundle does not know.
///
/// # Errors
/// A chosen server that neither the bundle nor the config home knows; a config home that cannot be
/// read, locked or written, in which case it is as it was before.
pub fn remove(
    bundle: &Bundle,
    home: &ConfigHome,
    options: &InstallOptions,
    lookup: Lookup,
    on_event: &mut dyn FnMut(ServerEvent),
) -> Result<Summary> {
    guard::check_home(home)?;
    let _lock =
        if options.dry_run || !home.root().exists() { None } else { Some(lock::acquire(home)?) };
    let mut files = ServerFiles::read(home, options.template.as_ref())?;
    let mut registry = Registry::read(&home.registry(), lookup)?;
    let names = choose(bundle, &files, options)?;
    let mut summary = Summary::new(bundle, options);
    let set: HashSet<&str> = names.iter().map(String::as_str).collect();
    for name in &names {
        let start = Instant::now();
        let what = files.remove(name);
        on_event(note(&mut summary, name, what, start));
    }
    let mut transaction = Transaction::default();
    if options.servers.is_empty() {
        sync::prepare_removal(bundle, home, &mut transaction)?;
        registry
            .forget(|_, entry| entry.get("bundle").and_then(|b| b.as_str()) == Some(bundle.name()));
    } else {
        let refs = refs_of(bundle, &set);
        registry.forget(|install_ref, _| refs.contains(install_ref));
    }
    files.prepare(home, &mut transaction)?;
    prepare_registry(registry, home, &mut transaction)?;
    finish(summary, transaction, home, options)
}

fn choose(bundle: &Bundle, files: &ServerFiles, options: &InstallOptions) -> Result<Vec<String>> {
    let all: HashSet<&str> = bundle.server_names().collect();
    if options.servers.is_empty() {
        return Ok(bundle.server_names().map(str::to_owned).collect());
    }
    for name in options.servers.iter().map(|name| name.trim()) {
        if !all.contains(name) && !files.overlay.contains(name) {
            return Err(not_found(name, all.iter().copied().chain(files.overlay.names())).into());
        }
    }
    Ok(options.servers.iter().map(|name| name.trim().to_owned()).collect())
}

fn note(summary: &mut Summary, name: &str, what: Vec<Part>, start: Instant) -> ServerEvent {
    let name = name.to_owned();
    if what.is_empty() {
        summary.skipped.push(name.clone());
        return ServerEvent::NotInstalled { name };
    }
    summary.removed.push(name.clone());
    ServerEvent::Removed { name, what, duration: start.elapsed() }
}

fn refs_of(bundle: &Bundle, names: &HashSet<&str>) -> HashSet<String> {
    let descriptors = bundle.servers().filter_map(|value| Descriptor::parse(&value).ok());
    let chosen = descriptors.filter(|descriptor| names.contains(descriptor.name.as_str()));
    chosen.filter_map(|descriptor| descriptor.install_ref).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8Path;
    use serde_json::json;

    use super::*;
    use crate::install;

    fn setup() -> (tempfile::TempDir, ConfigHome, Bundle) {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap().join("home"));
        let servers = json!([
            {"name": "a", "command": "/bin/sh", "description": "A", "installRef": "ra"},
            {"name": "b", "command": "/bin/sh", "installRef": "rb"},
        ]);
        let bundle = Bundle::for_tests("pack", servers);
        install(&bundle, &home, &InstallOptions::default(), &|_| None, &mut |_| {}).unwrap();
        (folder, home, bundle)
    }

    fn run(home: &ConfigHome, bundle: &Bundle, servers: &[&str]) -> Result<Summary> {
        let servers = servers.iter().map(|&name| name.to_owned()).collect();
        let options = InstallOptions { servers, ..InstallOptions::default() };
        remove(bundle, home, &options, &|_| None, &mut |_| {})
    }

    #[test]
    fn the_whole_bundle_goes() {
        let (_folder, home, bundle) = setup();
        assert_eq!(run(&home, &bundle, &[]).unwrap().removed, ["a", "b"]);
        assert!(!home.bundle("pack").exists());
        let overlay = fs::read_to_string(home.overlay()).unwrap();
        assert_eq!(overlay, "{\n  \"mcpServers\": {}\n}\n");
        assert!(fs::read_to_string(home.registry()).unwrap().contains("\"installs\": {}"));
        let again = run(&home, &bundle, &[]).unwrap();
        assert_eq!((again.skipped.len(), again.overlays.len()), (2, 0));
    }

    #[test]
    fn one_server_goes_alone() {
        let (_folder, home, bundle) = setup();
        assert_eq!(run(&home, &bundle, &["a"]).unwrap().removed, ["a"]);
        assert!(home.bundle("pack").exists());
        let registry = fs::read_to_string(home.registry()).unwrap();
        assert!(!registry.contains("\"ra\"") && registry.contains("\"rb\""));
        assert!(run(&home, &bundle, &["zzz"]).is_err());
    }
}

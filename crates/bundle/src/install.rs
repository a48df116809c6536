//! The installation of a whole bundle into a config home.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::Result;
use camino::Utf8PathBuf;
use serde_json::Value;

use crate::check::Checker;
use crate::descriptor::Descriptor;
use crate::registry::{self, Registry};
use crate::server::{ServerFiles, not_found};
use crate::summary::{Part, ServerEvent, Summary};
use crate::transaction::{PRIVATE, Transaction};
use crate::{Bundle, ConfigHome, Lookup, Refusal, guard, lock, scaffold, sync};

/// How a bundle is installed or removed.
#[derive(Clone, Debug, Default)]
pub struct InstallOptions {
    /// The only servers to handle; empty means all.
    pub servers: Vec<String>,
    /// The gateway's template, whose servers may clash with the bundle's.
    pub template: Option<Utf8PathBuf>,
    /// Work out what would change, and write nothing.
    pub dry_run: bool,
    /// Replace servers that are set up differently; what was there is backed up.
    pub force: bool,
}

/// Installs the bundle: its folder, its servers and their tools, its install refs. Each server is
/// reported as it is handled, and one that fails does not stop the others: it is in the summary's
/// errors.
///
/// # Errors
/// An unknown name among the options' servers; a config home that cannot be read, locked or
/// written, in which case it is as it was before.
pub fn install(
    bundle: &Bundle,
    home: &ConfigHome,
    options: &InstallOptions,
    lookup: Lookup,
    on_event: &mut dyn FnMut(ServerEvent),
) -> Result<Summary> {
    let chosen = choose(bundle, options)?;
    sync::check(bundle)?;
    guard::check_home(home)?;
    let _lock = if options.dry_run { None } else { Some(lock::acquire(home)?) };
    let mut files = ServerFiles::read(home, options.template.as_ref())?;
    let mut registry = Registry::read(&home.registry(), lookup)?;
    let mut summary = Summary::new(bundle, options);
    let mut checker = Checker::new(lookup);
    for (value, name) in bundle.servers().zip(bundle.server_names()) {
        if !chosen.contains(name) {
            continue;
        }
        on_event(ServerEvent::Installing { name: name.to_owned() });
        let start = Instant::now();
        let result = install_one(&value, &mut files, &mut checker, options.force);
        if let Ok((_, Some(install_ref))) = &result {
            registry.register(install_ref, bundle, Some(&format!("Server '{name}'")));
        }
        on_event(summary.note(name, result.map(|result| result.0), start));
    }
    for (install_ref, description) in bundle.manifest_refs() {
        registry.register(install_ref, bundle, description);
    }
    let mut transaction = Transaction::default();
    files.prepare(home, &mut transaction)?;
    summary.registered.clone_from(&registry.registered);
    summary.reused.clone_from(&registry.reused);
    prepare_registry(registry, home, &mut transaction)?;
    sync::prepare(bundle, home, &mut transaction)?;
    scaffold::prepare(home, &mut transaction)?;
    finish(summary, transaction, home, options)
}

/// The names that the options choose among the bundle's servers.
fn choose<'a>(bundle: &'a Bundle, options: &'a InstallOptions) -> Result<HashSet<&'a str>> {
    let all: HashSet<&str> = bundle.server_names().collect();
    if options.servers.is_empty() {
        return Ok(all);
    }
    let chosen: HashSet<&str> = options.servers.iter().map(|name| name.trim()).collect();
    match chosen.iter().find(|name| !all.contains(*name)) {
        Some(name) => Err(not_found(name, all.iter().copied()).into()),
        None => Ok(chosen),
    }
}

fn install_one(
    value: &Value,
    files: &mut ServerFiles,
    checker: &mut Checker,
    force: bool,
) -> Result<(Vec<Part>, Option<String>), Refusal> {
    let descriptor =
        Descriptor::parse(value).map_err(|fault| Refusal::new(fault.what, "correct the bundle"))?;
    let what = files.install(&descriptor.name, &descriptor, checker, force)?;
    Ok((what, descriptor.install_ref))
}

pub(crate) fn prepare_registry(
    registry: Registry,
    home: &ConfigHome,
    transaction: &mut Transaction,
) -> Result<()> {
    match registry.into_document() {
        Some(document) => transaction.write(&home.registry(), document.to_bytes()?, PRIVATE),
        None => Ok(()),
    }
}

/// Writes everything, or in a dry run shows it.
pub(crate) fn finish(
    mut summary: Summary,
    mut transaction: Transaction,
    home: &ConfigHome,
    options: &InstallOptions,
) -> Result<Summary> {
    summary.overlays = transaction.paths();
    if options.dry_run {
        summary.diff = transaction.diffs()?.into_iter().map(|(_, diff)| diff).collect();
        return Ok(summary);
    }
    if options.force {
        summary.backups = transaction.back_up(home, &registry::stamp())?;
    }
    transaction.commit(home)?;
    Ok(summary)
}

impl Summary {
    pub(crate) fn new(bundle: &Bundle, options: &InstallOptions) -> Self {
        let (bundle, dry_run) = (bundle.name().to_owned(), options.dry_run);
        Self { bundle, dry_run, ..Self::default() }
    }

    fn note(
        &mut self,
        name: &str,
        result: Result<Vec<Part>, Refusal>,
        start: Instant,
    ) -> ServerEvent {
        let (name, duration) = (name.to_owned(), start.elapsed());
        match result {
            Ok(what) if what.is_empty() => {
                self.skipped.push(name.clone());
                ServerEvent::UpToDate { name, duration }
            }
            Ok(what) => {
                self.installed.push(name.clone());
                ServerEvent::Updated { name, what, duration }
            }
            Err(why) => {
                self.errors.push((name.clone(), why.clone()));
                ServerEvent::Failed { name, reason: why.reason, remedy: why.remedy, duration }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use camino::Utf8Path;
    use serde_json::json;

    use super::*;

    fn home() -> (tempfile::TempDir, ConfigHome) {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap().join("home"));
        (folder, home)
    }

    fn bundle() -> Bundle {
        Bundle::for_tests(
            "pack",
            json!([
                {"name": "b", "command": "/bin/sh", "description": "B", "installRef": "r"},
                {"name": "bad", "command": "/none"},
                {"name": "a", "command": "/bin/sh"},
            ]),
        )
    }

    fn run(home: &ConfigHome, options: &InstallOptions) -> Result<(Summary, Vec<String>)> {
        let mut lines = Vec::new();
        let mut note = |event: ServerEvent| lines.push(event.to_string());
        let summary = install(&bundle(), home, options, &|_| None, &mut note)?;
        Ok((summary, lines))
    }

    fn tree(home: &ConfigHome) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![home.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir_utf8().unwrap() {
                let path = entry.unwrap().into_path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(path.to_string(), fs::read(path).unwrap());
                }
            }
        }
        files
    }

    #[test]
    fn installs_once_and_says_so_the_second_time() {
        let (_folder, home) = home();
        let (first, lines) = run(&home, &InstallOptions::default()).unwrap();
        assert_eq!(first.installed, ["b", "a"]);
        assert_eq!(first.errors[0].0, "bad");
        assert_eq!(first.registered, ["r"]);
        assert_eq!(
            lines[..4],
            [
                "installing b",
                "b updated (template, overrides)",
                "installing bad",
                "bad failed: its command /none does not exist (install the program or correct the path)"
            ]
        );
        let before = tree(&home);
        let (second, lines) = run(&home, &InstallOptions::default()).unwrap();
        assert_eq!(second.skipped, ["b", "a"]);
        assert_eq!(second.reused, ["r"]);
        assert!(second.overlays.is_empty() && lines.contains(&"a already up to date".to_owned()));
        assert_eq!(tree(&home), before);
    }

    #[test]
    fn a_dry_run_shows_what_the_real_one_does() {
        let (_folder, home) = home();
        let dry = InstallOptions { dry_run: true, ..InstallOptions::default() };
        let (shown, _) = run(&home, &dry).unwrap();
        assert!(!home.root().exists());
        let (done, _) = run(&home, &InstallOptions::default()).unwrap();
        assert_eq!(shown.overlays, done.overlays);
        assert!(shown.overlays.iter().all(|path| shown.diff.contains(&format!("+++ {path}"))));
    }

    #[test]
    fn only_the_chosen_servers_are_handled() {
        let (_folder, home) = home();
        let choose =
            |name: &str| InstallOptions { servers: vec![name.into()], ..Default::default() };
        assert_eq!(run(&home, &choose("a")).unwrap().1.len(), 2);
        let error = run(&home, &choose("bat")).unwrap_err().to_string();
        assert!(error.contains("there is no server \"bat\" (did you mean bad"), "{error}");
    }

    #[test]
    fn force_replaces_and_keeps_a_copy() {
        let (_folder, home) = home();
        fs::create_dir(home.root()).unwrap();
        fs::write(home.overlay(), r#"{"mcpServers": {"a": {"command": "mine"}}}"#).unwrap();
        assert_eq!(run(&home, &InstallOptions::default()).unwrap().0.errors.len(), 2);
        let force = InstallOptions { force: true, ..InstallOptions::default() };
        let (summary, _) = run(&home, &force).unwrap();
        assert_eq!(summary.installed, ["a"]);
        assert!(fs::read_to_string(&summary.backups[0]).unwrap().contains("mine"));
    }

    #[test]
    fn a_bundle_that_cannot_be_copied_leaves_no_trace() {
        let (folder, home) = home();
        fs::write(folder.path().join("catalog.json"), r#"{"name": "pack"}"#).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let bundle = crate::read(Utf8Path::from_path(folder.path()).unwrap()).unwrap();
        let options = InstallOptions::default();
        let error = install(&bundle, &home, &options, &|_| None, &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{error}");
        assert!(!home.root().exists());
    }

    #[test]
    fn a_broken_overlay_is_left_as_it_is() {
        let (_folder, home) = home();
        fs::create_dir(home.root()).unwrap();
        fs::write(home.overlay(), "{\n  oops").unwrap();
        let error = run(&home, &InstallOptions::default()).unwrap_err().to_string();
        assert!(error.contains("proxy.template.local.json:2:3"), "{error}");
        assert_eq!(fs::read_to_string(home.overlay()).unwrap(), "{\n  oops");
        assert!(!home.bundles().exists());
    }
}
